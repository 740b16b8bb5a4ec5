import Basics
import Formats
import Reactor
import Security
import System

/// What a source gave: in a draft beside its target, so that nothing needs to fit into memory.
@MainLoop final class FetchedContent {
    /// Where it is.
    let draft: DraftFile
    /// How many bytes there are.
    private(set) var size = 0
    private let limit: Int
    private let digest: RunningDigest
    /// How many tries went on where the one before ended.
    var continuations = 0
    /// What the server calls this version.
    var validators = Validators()

    /// Begins with nothing.
    ///
    /// - Throws: `write` if the target's directory cannot be written.
    init(for target: String, digest algorithm: NamedDigest, limit: Int) throws(WebFailure) {
        do throws(SystemError) {
            try Files.makeDirectories(Files.parent(of: target))
            draft = try DraftFile(for: target)
        } catch {
            throw WebFailure(.write, Failure("cannot write \(target)", error))
        }
        self.limit = limit
        digest = RunningDigest(algorithm)
    }

    /// Adds bytes.
    ///
    /// - Throws: `tooLarge` over the limit, `write`.
    func append(_ bytes: [UInt8]) throws(WebFailure) {
        guard size + bytes.count <= limit else {
            throw WebFailure(
                .tooLarge,
                "cannot fetch \(draft.target)",
                cause: "it is larger than \(limit) bytes",
                remedy: "raise --max-size"
            )
        }
        do throws(SystemError) {
            try draft.append(bytes)
        } catch {
            throw WebFailure(.write, Failure("cannot write \(draft.target)", error))
        }
        digest.update(bytes)
        size += bytes.count
    }

    /// Forgets all bytes.
    func empty() throws(WebFailure) {
        do throws(SystemError) {
            try draft.empty()
        } catch {
            throw WebFailure(.write, Failure("cannot write \(draft.target)", error))
        }
        digest.restart()
        size = 0
    }

    /// The digest of all bytes; nothing may be added afterwards.
    func finish() -> [UInt8] { digest.finish() }

    /// The bytes, for what must be looked at as a whole.
    ///
    /// - Throws: `tooLarge` over a limit of memory.
    func bytes(upTo most: Int) throws(WebFailure) -> [UInt8] {
        do throws(SystemError) {
            return try Files.read(draft.path, limit: most)
        } catch {
            throw WebFailure(
                .tooLarge,
                "cannot unpack \(draft.target)",
                cause: error.description,
                remedy: "raise --max-unpacked"
            )
        }
    }
}

/// What a server calls the version of a file that was fetched, and what the file looked like then.
struct Validators: Sendable, Hashable {
    var address = ""
    var entityTag: String?
    var lastModified: String?
    /// Size and time of the file that was made; another file is not the one that is known.
    var fact = ""

    /// Whether there is something to ask with.
    var isEmpty: Bool { entityTag == nil && lastModified == nil }

    /// Whether a rest with these validators belongs to a beginning with others: none that both have differ.
    func mayContinue(_ beginning: Validators) -> Bool {
        func agree(_ one: String?, _ other: String?) -> Bool {
            one == nil || other == nil || one == other
        }
        return agree(entityTag, beginning.entityTag) && agree(lastModified, beginning.lastModified)
    }

    /// What may stand in `If-Range`: a strong tag, or the time.
    var range: String? {
        if let entityTag, !entityTag.hasPrefix("W/") { return entityTag }
        return entityTag == nil ? lastModified : nil
    }

    /// Where they are kept for a target.
    static func path(of target: String, _ folder: String?) -> String {
        let name = target.split(separator: "/").last.map(String.init) ?? "file"
        guard let folder else {
            return (target.contains("/") ? Files.parent(of: target) + "/" : "") + ".\(name).fetched"
        }
        // Two targets of one name are told apart.
        let digest = SHA256.hexadecimal(of: Array(target.utf8)).prefix(12)
        return "\(folder)/\(name).\(digest).fetched"
    }

    /// Reads what was kept; nothing for a file that is gone or is another by now.
    static func read(_ path: String, of target: String, from address: String) -> Validators {
        guard let bytes = try? Files.read(path, limit: 64 << 10),
            let json = try? JSON.parse(bytes), json["address"]?.string == address,
            let fact = json["file"]?.string, fact == Self.fact(of: target)
        else { return Validators() }
        var found = Validators(address: address)
        found.entityTag = json["etag"]?.string
        found.lastModified = json["lastModified"]?.string
        found.fact = fact
        return found
    }

    /// What a file looks like; empty if there is none.
    static func fact(of target: String) -> String {
        guard let status = try? Files.stat(target) else { return "" }
        return status.kind == .directory
            ? "directory \(status.inode)" : "\(status.size) \(status.modified.nanoseconds)"
    }

    /// Keeps them.
    func write(_ path: String, of target: String) throws(SystemError) {
        var object = JSONObject()
        object["address"] = .string(address)
        object["etag"] = entityTag.map { .string($0) }
        object["lastModified"] = lastModified.map { .string($0) }
        object["file"] = .string(Self.fact(of: target))
        try Files.makeDirectories(Files.parent(of: path))
        try Files.writeAtomically(path, Array(JSON.object(object).text().utf8), mode: 0o600)
    }
}
