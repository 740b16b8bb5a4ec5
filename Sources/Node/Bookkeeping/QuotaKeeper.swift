internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps the status of `ResourceQuota` objects: what is allowed, and what of it is used.
///
/// Only namespaces with quotas cost anything; many changes in a row are counted once.
@MainLoop final class QuotaKeeper {
    private let store: ObjectStore
    private let journal: Journal
    private var stale: Set<String> = []
    private var work: Task<Void, Never>?

    /// How long changes gather before they are counted.
    private static let pause = Duration.milliseconds(50)

    init(_ store: ObjectStore, _ journal: Journal) {
        self.store = store
        self.journal = journal
    }

    /// Follows the store until it is cancelled.
    func run() async {
        defer { work?.cancel() }
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            for quota in store.entries(ObjectQuery("resourcequotas")) { mark(quota.key.namespace) }
            while let event = await watch.next() {
                guard event.key.resource != "events", !event.key.namespace.isEmpty else { continue }
                mark(event.key.namespace)
            }
            guard watch.isExpired else { return }
        }
    }

    private func mark(_ namespace: String) {
        guard store.count("resourcequotas") > 0 else { return }
        stale.insert(namespace)
        guard work == nil else { return }
        work = Task { @MainLoop [weak self] in
            guard (try? await Loop.main.sleep(for: Self.pause)) != nil else { return }
            self?.work = nil
            self?.count()
        }
    }

    private func count() {
        let namespaces = stale
        stale = []
        let limits = store.limits
        for quota in store.entries(ObjectQuery("resourcequotas"))
        where namespaces.contains(quota.key.namespace) {
            let status = limits.status(ofQuota: quota.object)
            guard status != quota.object["status"] else { continue }
            let uid = quota.object["metadata"]?["uid"]?.string ?? ""
            do throws(StoreError) {
                try store.updateStatus(uid: uid, status)
            } catch .notFound {
                continue
            } catch {
                journal.error("cannot store the status of \(quota.key): \(error)")
            }
        }
    }
}
