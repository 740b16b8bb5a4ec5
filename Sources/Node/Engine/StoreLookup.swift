internal import Formats
internal import NodeDrivers
internal import ObjectStore
internal import Reactor

/// The objects that pods refer to, read from the store.
@MainLoop struct StoreLookup: ObjectLookup {
    private let store: ObjectStore

    init(_ store: ObjectStore) {
        self.store = store
    }

    func configMap(namespace: String, name: String) -> JSON? {
        store.get(ObjectKey("configmaps", namespace, name))
    }

    func secret(namespace: String, name: String) -> JSON? {
        store.get(ObjectKey("secrets", namespace, name))
    }

    func persistentVolume(name: String) -> JSON? {
        store.get(ObjectKey("persistentvolumes", "", name))
    }

    func persistentVolumeClaim(namespace: String, name: String) -> JSON? {
        store.get(ObjectKey("persistentvolumeclaims", namespace, name))
    }

    func services() -> [JSON] {
        store.list(ObjectQuery("services"))
    }
}
