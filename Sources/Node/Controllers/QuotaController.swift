internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps the status of `ResourceQuota` objects: what is allowed, and what of it is used.
@MainLoop struct QuotaController {
    private let store: ObjectStore

    init(_ store: ObjectStore) {
        self.store = store
    }

    /// Brings the status of every quota up to date.
    ///
    /// - Throws: `StoreError.storage`.
    func reconcile() throws(StoreError) {
        let quotas = store.entries(ObjectQuery("resourcequotas"))
        guard !quotas.isEmpty else { return }
        let limits = NamespaceLimits { [store] resource, namespace in
            var query = ObjectQuery(resource)
            query.namespace = namespace
            return store.list(query)
        }
        for quota in quotas {
            let status = limits.status(ofQuota: quota.object)
            guard status != quota.object["status"] else { continue }
            do throws(StoreError) {
                try store.updateStatus(
                    uid: quota.object["metadata"]?["uid"]?.string ?? "",
                    status
                )
            } catch .notFound {
                continue
            }
        }
    }
}
