internal import Basics
internal import Formats
internal import NodeDrivers
internal import ObjectStore
internal import PodEngine
internal import PodModel
internal import Reactor

/// Keeps claims and volumes together: binds what waits, makes the volumes of claims that have
/// directories, and frees or removes the volumes of claims that have gone.
@MainLoop final class VolumeKeeper {
    private let store: ObjectStore
    private let journal: Journal
    private let events: EventRecorder
    /// The claims that were told to wait.
    private var waiting: Set<String> = []
    /// Where the directory of a claim is.
    private let place: (_ namespace: String, _ name: String) -> String

    private static let claims = "persistentvolumeclaims"
    private static let volumes = "persistentvolumes"

    init(
        _ store: ObjectStore,
        _ events: EventRecorder,
        _ journal: Journal,
        place: @escaping (_ namespace: String, _ name: String) -> String
    ) {
        self.store = store
        self.events = events
        self.journal = journal
        self.place = place
    }

    /// Follows the store until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            reconcile()
            while let event = await watch.next() {
                guard [Self.claims, Self.volumes].contains(event.key.resource) else { continue }
                reconcile()
            }
            guard watch.isExpired else { return }
        }
    }

    private func reconcile() {
        do throws(StoreError) {
            for (key, claim) in store.entries(ObjectQuery(Self.claims)) { try bind(key, claim) }
            for (key, volume) in store.entries(ObjectQuery(Self.volumes)) {
                try settle(key, volume)
            }
        } catch {
            journal.error("cannot keep claims and volumes: \(error)")
        }
    }

    private func bind(_ key: ObjectKey, _ claim: JSON) throws(StoreError) {
        guard claim["metadata"]?["deletionTimestamp"] == nil else { return }
        let uid = claim["metadata"]?["uid"]?.string ?? ""
        let wanted = claim["spec"]?["volumeName"]?.string ?? ""
        if claim["status"]?["phase"] == "Bound", !wanted.isEmpty {
            return try hold(wanted, for: claim, key)
        }
        let choice = ClaimBinding.choose(
            claim,
            among: store.list(ObjectQuery(Self.volumes)),
            newName: "pvc-" + uid
        )
        switch choice {
        case .pending(let why):
            tell(why, about: claim)
            if claim["status"]?["phase"] != "Pending" {
                try ignoringLoss { () throws(StoreError) in
                    try store.updateStatus(uid: uid, ["phase": "Pending"])
                }
            }
        case .volume(let name), .directory(let name):
            let volume = store.get(ObjectKey(Self.volumes, "", name))
            let bound = ClaimBinding.bound(claim, to: name, volume)
            try ignoringLoss { () throws(StoreError) in
                try store.modify(uid: uid) { $0["spec"] = bound["spec"] }
                try store.updateStatus(uid: uid, bound["status"] ?? [:])
            }
            try hold(name, for: bound, key)
        }
    }

    /// Says once why a claim waits.
    private func tell(_ why: String, about claim: JSON) {
        guard waiting.insert(claim["metadata"]?["uid"]?.string ?? "").inserted else { return }
        var involved = ClaimBinding.reference(to: claim)
        involved["resourceVersion"] = nil
        let record = EventRecord(isWarning: false, reason: "FailedBinding", message: why)
        events.record(record, involved, component: "persistentvolume-controller")
    }

    /// Makes sure that a bound claim's volume is there, and is the claim's.
    private func hold(_ name: String, for claim: JSON, _ key: ObjectKey) throws(StoreError) {
        let place = ObjectKey(Self.volumes, "", name)
        guard let volume = store.get(place) else {
            let path = self.place(key.namespace, key.name)
            let new = ClaimBinding.volume(named: name, for: claim, at: path)
            try store.create(Self.volumes, new)
            return
        }
        let holder = volume["spec"]?["claimRef"]
        let isOurs = holder?["uid"] == claim["metadata"]?["uid"]
        guard !isOurs || volume["status"]?["phase"] != "Bound" else { return }
        guard isOurs || ClaimBinding.fits(volume, claim) else { return }
        let uid = volume["metadata"]?["uid"]?.string ?? ""
        try ignoringLoss { () throws(StoreError) in
            try store.modify(uid: uid) {
                $0["spec"]?["claimRef"] = ClaimBinding.reference(to: claim)
            }
            try store.updateStatus(uid: uid, ["phase": "Bound"])
        }
    }

    /// Frees or removes a volume whose claim has gone.
    private func settle(_ key: ObjectKey, _ volume: JSON) throws(StoreError) {
        let uid = volume["metadata"]?["uid"]?.string ?? ""
        let holder = volume["spec"]?["claimRef"]
        let phase = volume["status"]?["phase"]
        guard let holder, let owner = holder["uid"]?.string, !owner.isEmpty else {
            guard phase != "Available" else { return }
            try ignoringLoss { () throws(StoreError) in
                try store.updateStatus(uid: uid, ["phase": "Available"])
            }
            return
        }
        guard store.get(uid: owner) == nil else { return }
        if volume["spec"]?["persistentVolumeReclaimPolicy"] == "Delete" {
            try ignoringLoss { () throws(StoreError) in _ = try store.delete(key, uid: uid) }
        } else if phase != "Released" {
            try ignoringLoss { () throws(StoreError) in
                try store.updateStatus(uid: uid, ["phase": "Released"])
            }
        }
    }

    /// What has gone meanwhile needs nothing more.
    private func ignoringLoss(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        do throws(StoreError) { try body() } catch .notFound {} catch { throw error }
    }
}
