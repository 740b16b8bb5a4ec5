/// A stream of an `H2Connection`: a place, and which of its tenants is meant.
///
/// A handle of a stream that is closed does nothing.
public struct H2Stream: Hashable, Sendable {
    let index: Int32
    let generation: UInt32
}
