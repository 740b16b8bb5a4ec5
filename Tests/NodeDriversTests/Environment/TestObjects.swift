import Formats
import NodeDrivers
import PodModel

/// API objects for tests, by `namespace/name`.
struct TestObjects: ObjectLookup {
    var configMaps: [String: JSON] = [:]
    var secrets: [String: JSON] = [:]
    var claims: [String: JSON] = [:]
    var allServices: [JSON] = []

    mutating func add(_ object: ConfigMap) {
        configMaps["\(object.metadata.namespace)/\(object.metadata.name)"] = object.json
    }

    mutating func add(_ object: Secret) {
        secrets["\(object.metadata.namespace)/\(object.metadata.name)"] = object.json
    }

    mutating func add(_ object: PersistentVolumeClaim) {
        claims["\(object.metadata.namespace)/\(object.metadata.name)"] = object.json
    }

    func configMap(namespace: String, name: String) -> JSON? { configMaps["\(namespace)/\(name)"] }
    func secret(namespace: String, name: String) -> JSON? { secrets["\(namespace)/\(name)"] }
    func persistentVolumeClaim(namespace: String, name: String) -> JSON? {
        claims["\(namespace)/\(name)"]
    }
    func services() -> [JSON] { allServices }
}

/// A pod from YAML, in the namespace `shop` unless it names one.
func pod(_ yaml: String, uid: String = "u1") throws -> Pod {
    guard let tree = try YAML.documents(in: Array(yaml.utf8)).first else {
        throw ModelError("the test's YAML holds no document")
    }
    var pod = try Pod(json: tree.json)
    if pod.metadata.namespace.isEmpty { pod.metadata.namespace = "shop" }
    if pod.metadata.name.isEmpty { pod.metadata.name = "web" }
    if pod.metadata.uid.isEmpty { pod.metadata.uid = uid }
    return pod
}
