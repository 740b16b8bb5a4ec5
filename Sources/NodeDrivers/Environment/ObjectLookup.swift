public import Formats

/// Finds the API objects that a pod refers to, in their present state.
///
/// An answer is the object's JSON in API form, or nil if there is none of that name.
public protocol ObjectLookup {
    /// A ConfigMap.
    func configMap(namespace: String, name: String) -> JSON?
    /// A Secret.
    func secret(namespace: String, name: String) -> JSON?
    /// A PersistentVolumeClaim.
    func persistentVolumeClaim(namespace: String, name: String) -> JSON?
    /// A PersistentVolume.
    func persistentVolume(name: String) -> JSON?
    /// All Services of all namespaces.
    func services() -> [JSON]
}

extension ObjectLookup {
    /// No claims.
    public func persistentVolumeClaim(namespace: String, name: String) -> JSON? { nil }
    /// No volumes.
    public func persistentVolume(name: String) -> JSON? { nil }
    /// No services.
    public func services() -> [JSON] { [] }
}
