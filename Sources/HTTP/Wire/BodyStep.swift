/// What a body decoder made of some bytes.
public struct BodyStep: Equatable, Sendable {
    /// Where bytes of the body are in the given span; empty if there are none.
    public var body: Range<Int>
    /// How many bytes are done with; the rest has to be given again.
    ///
    /// None of several bytes means that more are needed before anything can be done.
    public var consumed: Int
    /// Whether the message ends after these bytes.
    public var isEnd: Bool
}
