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
    /// In its place for a manifest that is too large for an annotation: only what `patch` needs.
    nonisolated static let largeAnnotation = "remora.dev/last-applied-outline"
    nonisolated static let annotations = [annotation, largeAnnotation]
    /// The most that the annotation may take of the 256 KiB that all annotations may have.
    private nonisolated static let noteLimit = 128 << 10
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
        for key in Self.annotations { wanted["metadata"]?["annotations"]?[key] = nil }
        let (key, applied) = Self.note(of: wanted)
        wanted["metadata"]?["annotations"]?[key] = .string(applied)

        guard let present = try await find(path) else {
            return (.created, try await create(wanted, collection))
        }
        if rerun, kind.kind == "Pod", Self.isFinished(present) {
            _ = try await client.json("DELETE", path, timeout: .seconds(60))
            try await waitUntilGone(path)
            return (.replaced, try await create(wanted, collection))
        }
        let notes = present["metadata"]?["annotations"]
        let before = Self.annotations.lazy.compactMap { notes?[$0]?.string }.first
        if before == applied, Self.agrees(present, with: Self.substance(object.json)) {
            return (.unchanged, present)
        }
        let previous = before.flatMap { try? JSON.parse($0) } ?? .object(JSONObject())
        var patch = Self.patch(from: previous, to: wanted)
        for other in Self.annotations where other != key && notes?[other] != nil {
            patch["metadata"]?["annotations"]?[other] = .null
        }
        do {
            let answer = try await client.json(
                "PATCH",
                query(path),
                body: patch,
                type: "application/merge-patch+json"
            )
            let same = Self.substance(answer) == Self.substance(present)
            return (same ? .unchanged : .configured, answer)
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

    /// What is remembered of a manifest: all of it, or of a large one its keys and the marks of its
    /// long texts, which is enough to see what differs and what is gone.
    ///
    /// A manifest that is too large even so leaves no note; fields that its successor lacks are kept.
    private static func note(of object: JSON) -> (annotation: String, text: String) {
        let text = object.text(sortedKeys: true) + "\n"
        if text.utf8.count <= noteLimit { return (annotation, text) }
        let outline = outline(of: object).text(sortedKeys: true)
        return (largeAnnotation, outline.utf8.count <= noteLimit ? outline : "{}")
    }

    private static func outline(of value: JSON) -> JSON {
        switch value {
        case .string(let text) where text.utf8.count > 64:
            // FNV-1a: a mark need not be secret, only differ.
            let mark = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01B3
            }
            return .string("\(text.utf8.count) bytes, \(String(mark, radix: 16))")
        case .array(let elements): return .array(elements.map(outline))
        case .object(let members):
            var result = JSONObject()
            for (key, member) in members.members { result[key] = outline(of: member) }
            return .object(result)
        default: return value
        }
    }

    /// An object without what changes with every change, and without what others change.
    private static func substance(_ object: JSON) -> JSON {
        var object = object
        object["status"] = nil
        for key in ["resourceVersion", "managedFields"] { object["metadata"]?[key] = nil }
        for key in annotations { object["metadata"]?["annotations"]?[key] = nil }
        if object["metadata"]?["annotations"]?.object?.isEmpty == true {
            object["metadata"]?["annotations"] = nil
        }
        return object
    }

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
