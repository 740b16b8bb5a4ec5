/// A pod: metadata, spec and status. (Filled in by the module.)
public struct Pod: Sendable {}
