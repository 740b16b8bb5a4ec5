public import Formats

/// What a pod may learn about its node.
public struct NodeFacts: Sendable, Hashable {
    /// The node's name.
    public var name: String
    /// The node's addresses, the primary first.
    public var addresses: [String]
    /// What pods may use: `cpu`, `memory`, `ephemeral-storage`.
    public var allocatable: [String: Quantity]

    /// Makes the value from its parts.
    public init(name: String, addresses: [String], allocatable: [String: Quantity] = [:]) {
        self.name = name
        self.addresses = addresses
        self.allocatable = allocatable
    }
}
