/// Whether group memberships of the image's `/etc/group` are kept.
public enum SupplementalGroupsPolicy: String, Sendable, Hashable, CaseIterable {
    /// They are added.
    case merge = "Merge"
    /// Only the groups of the spec count.
    case strict = "Strict"
}
