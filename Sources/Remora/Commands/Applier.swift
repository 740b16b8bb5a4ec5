internal import Basics
internal import Formats
internal import Manifests
internal import Reactor

/// Brings the store in line with manifests: creates what is missing, changes what differs.
///
/// Fields that an earlier manifest set and the new one does not mention are removed; they are known
/// from the annotation that every applied object carries. It is kubectl's, so that objects may be
/// applied with either program. What others set beside the manifest stays.
@MainLoop struct Applier {
    /// What was done to an object.
    enum Outcome: String {
        /// It did not exist.
        case created
        /// It existed and differed.
        case configured
        /// It existed and was the same.
        case unchanged
        /// It was a finished pod that the manifest makes run again.
        case replaced
    }

    nonisolated static let annotation = "kubectl.kubernetes.io/last-applied-configuration"
    let client: NodeClient
    var isDryRun = false

    /// Applies one object.
    ///
    /// - Parameters:
    ///   - object: The object as its manifest says.
    ///   - rerun: Whether a finished pod is removed and made anew.
    /// - Returns: What was done, and the object as the server has it now.
    /// - Throws: `Failure` with the server's reasons.
    func apply(_ object: ManifestObject, rerun: Bool = false) async throws(Failure)
        -> (outcome: Outcome, object: JSON)
    {
        let kind = try ResourceKind.named(object.kind)
        let collection = kind.path(namespace: object.namespace)
        let path = collection + "/" + Target.encoded(object.name)
        var wanted = object.written
        if wanted["metadata"]?["annotations"]?.object == nil {
            wanted["metadata"]?["annotations"] = [:]
        }
        wanted["metadata"]?["annotations"]?[Self.annotation] = nil
        let applied = wanted.text(sortedKeys: true) + "\n"
        wanted["metadata"]?["annotations"]?[Self.annotation] = .string(applied)

        guard let present = try await find(path) else {
            return (.created, try await create(wanted, collection))
        }
        if rerun, kind.kind == "Pod", Self.isFinished(present) {
            _ = try await client.json("DELETE", path, timeout: .seconds(60))
            try await waitUntilGone(path)
            return (.replaced, try await create(wanted, collection))
        }
        let before = present["metadata"]?["annotations"]?[Self.annotation]?.string
        if before == applied, Self.agrees(present, with: object.json) {
            return (.unchanged, present)
        }
        let previous = before.flatMap { try? JSON.parse($0) } ?? .object(JSONObject())
        let patch = Self.patch(from: previous, to: wanted)
        do {
            let answer = try await client.json(
                "PATCH",
                query(path),
                body: patch,
                type: "application/merge-patch+json"
            )
            let same = answer["metadata"]?["generation"] == present["metadata"]?["generation"]
            return (same && kind.kind == "Pod" ? .unchanged : .configured, answer)
        } catch  where error.code == .invalid && kind.kind == "Pod" {
            throw Failure(
                .invalid,
                "cannot change pod \(object.name) in place",
                cause: error.what,
                remedy: "run 'remora down \(object.name)' first"
            )
        }
    }

    /// Whether an object says everything that another says; what it says beyond does not matter.
    static func agrees(_ object: JSON, with wanted: JSON) -> Bool {
        if let members = wanted.object {
            guard object.object != nil else { return false }
            return members.members.allSatisfy { key, value in
                object[key].map { agrees($0, with: value) } ?? false
            }
        }
        guard let elements = wanted.array else { return object == wanted }
        guard let present = object.array, present.count == elements.count else { return false }
        return zip(present, elements).allSatisfy { agrees($0, with: $1) }
    }

    // MARK: Details

    private func query(_ path: String) -> String {
        isDryRun ? path + "?dryRun=All" : path
    }

    private func create(_ object: JSON, _ collection: String) async throws(Failure) -> JSON {
        try await client.json("POST", query(collection), body: object)
    }

    private func find(_ path: String) async throws(Failure) -> JSON? {
        do {
            return try await client.json("GET", path)
        } catch  where error.code == .notFound {
            return nil
        }
    }

    private func waitUntilGone(_ path: String) async throws(Failure) {
        let end = Loop.main.now + .seconds(60)
        while try await find(path) != nil {
            guard Loop.main.now < end else {
                throw Failure(.timedOut, "the finished pod at \(path) does not go away")
            }
            try await Loop.main.sleep(for: .milliseconds(20))
        }
    }

    private static func isFinished(_ pod: JSON) -> Bool {
        let phase = pod["status"]?["phase"]?.string
        return phase == "Succeeded" || phase == "Failed"
            || pod["metadata"]?["deletionTimestamp"] != nil
    }

    /// The merge patch (RFC 7386) that sets everything of `new` and removes what only `old` has.
    static func patch(from old: JSON, to new: JSON) -> JSON {
        guard let before = old.object, let after = new.object else { return new }
        var patch = JSONObject()
        for (key, value) in after.members {
            patch[key] = before[key].map { self.patch(from: $0, to: value) } ?? value
        }
        for key in before.keys where after[key] == nil { patch[key] = .null }
        return .object(patch)
    }
}

/// `remora apply`: brings the store in line with manifests and returns.
@MainLoop struct ApplyCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let files = try ManifestFiles(context)
        var applier = Applier(client: context.client)
        applier.isDryRun = context.invocation.flag("dry-run")
        for object in files.objects {
            let outcome = try await applier.apply(object).outcome
            let remark = applier.isDryRun ? " (dry run)" : ""
            Console.line("\(object.label) \(outcome.rawValue)\(remark)")
        }
        return 0
    }
}
