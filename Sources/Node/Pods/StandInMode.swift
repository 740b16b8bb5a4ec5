/// When a role of the companion takes the place of a helper's image.
public enum StandInMode: String, Sendable, Hashable, CaseIterable {
    /// Always, without asking for the image.
    case always
    /// When the image cannot be had.
    case missing
    /// Not at all.
    case never
}
