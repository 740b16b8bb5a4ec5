internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// How the pods of a Job ended that are there no more.
///
/// Together with the pods that are still there it makes the Job's numbers. It changes in the same
/// transaction as a pod's removal, so that nothing is counted twice or not at all, whenever the engine
/// is killed; upstream a finalizer on each pod serves that purpose.
struct JobAccount: Sendable, Hashable {
    var succeeded = 0
    var failed = 0
    /// The indexes that have succeeded.
    var completed: Set<Int> = []
    /// How often each index has failed.
    var failures: [Int: Int] = [:]
    /// The indexes that a rule has failed.
    var failedIndexes: Set<Int> = []
    /// What a rule said that failed the Job.
    var verdict: String?

    /// Adds a pod that ended or goes.
    mutating func add(_ pod: JobPod, _ wishes: JobWishes, namespace: String, isGone: Bool) {
        guard pod.isCounted else { return }
        if pod.facts.phase == "Succeeded" {
            succeeded += 1
            if let index = pod.index { completed.insert(index) }
            return
        }
        guard isGone || pod.isFailed(onlyWhenOver: wishes.replacesEndedOnly) else { return }
        let (action, message) = JobFailureRule.judge(
            pod,
            by: wishes.failureRules,
            namespace: namespace
        )
        switch action {
        case .ignore: return
        case .failJob: verdict = verdict ?? message
        case .failIndex: if let index = pod.index { failedIndexes.insert(index) }
        case .count: break
        }
        failed += 1
        if let index = pod.index { failures[index, default: 0] += 1 }
    }

    // MARK: Ledger

    private static let key = "job"

    /// The form in which it is kept.
    var ledger: JSON {
        var json: JSON = ["succeeded": .int(succeeded), "failed": .int(failed)]
        json["completed"] = .string(IndexList(completed).description)
        json["failedIndexes"] = .string(IndexList(failedIndexes).description)
        var counts: JSON = [:]
        for (index, count) in failures.sorted(by: { $0.key < $1.key }) {
            counts[String(index)] = .int(count)
        }
        json["failures"] = counts
        json["verdict"] = verdict.map { .string($0) }
        return [Self.key: json]
    }

    init() {}

    /// Reads it; nil if it is the ledger of something else.
    init?(ledger: JSON) {
        guard let json = ledger[Self.key] else { return nil }
        succeeded = json["succeeded"]?.int ?? 0
        failed = json["failed"]?.int ?? 0
        completed = Set(IndexList(json["completed"]?.string ?? "")?.indexes ?? [])
        failedIndexes = Set(IndexList(json["failedIndexes"]?.string ?? "")?.indexes ?? [])
        for (index, count) in json["failures"]?.object?.members ?? [] {
            if let index = Int(index) { failures[index] = count.int }
        }
        verdict = json["verdict"]?.string
    }
}

/// The accounts of all Jobs of the store.
@MainLoop final class JobAccounts: Bookkeeper {
    private let store: ObjectStore
    private var accounts: [String: JobAccount] = [:]

    init(_ store: ObjectStore) {
        self.store = store
    }

    /// Reads what an earlier engine kept, and begins to keep it.
    ///
    /// - Throws: `StoreError.storage`.
    func open() throws(StoreError) {
        accounts = try store.ledgers().compactMapValues { JobAccount(ledger: $0) }
        store.bookkeeper = self
    }

    subscript(uid: String) -> JobAccount { accounts[uid] ?? JobAccount() }

    func forget(uid: String) { accounts[uid] = nil }

    func note(beforeRemoving key: ObjectKey, _ last: JSON) -> (uid: String, ledger: JSON)? {
        guard key.resource == "pods", let uid = Controllers.controller(of: last),
            let owner = store.key(uid: uid), owner.resource == "jobs", let job = store.get(owner)
        else { return nil }
        let pod = JobPod(last)
        guard pod.isCounted else { return nil }
        var account = self[uid]
        account.add(pod, JobWishes(job["spec"]), namespace: key.namespace, isGone: true)
        return account == self[uid] ? nil : (uid, account.ledger)
    }

    func noted(uid: String, _ ledger: JSON) {
        accounts[uid] = JobAccount(ledger: ledger)
    }
}
