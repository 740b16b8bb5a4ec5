/// The name of an object in the store.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The plural resource name: `pods`, `deployments`.
    public var resource: String
    /// The namespace; empty for objects of the whole node, such as namespaces.
    public var namespace: String
    /// The object's name.
    public var name: String

    /// Makes a key; leave the namespace empty for objects of the whole node.
    public init(_ resource: String, _ namespace: String, _ name: String) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
    }

    /// The form of messages: `pods default/web`.
    public var description: String {
        resource + " " + (namespace.isEmpty ? name : namespace + "/" + name)
    }

    /// Orders by resource, namespace and name.
    public static func < (left: Self, right: Self) -> Bool {
        (left.resource, left.namespace, left.name) < (right.resource, right.namespace, right.name)
    }
}
