import Basics
import Formats
import HTTP
import Reactor
import Security
import System

/// Fetches items, one at a time, each until it is in place or given up.
@MainLoop final class Fetcher {
    /// What came of an item.
    enum Outcome: Sendable, Hashable {
        /// Other content is in place now; its size.
        case changed(Int)
        /// The same content was there already.
        case same
    }

    let settings: FetchSettings
    private let journal: Journal
    private var generator = SystemRandomNumberGenerator()
    /// The keys of Amazon, which are kept until they end.
    lazy var keys = makeKeys()
    /// How many tries have failed.
    private(set) var failures = 0
    /// How many tries went on where the one before ended.
    private(set) var resumed = 0

    /// Prepares to fetch.
    init(_ settings: FetchSettings, journal: Journal) {
        self.settings = settings
        self.journal = journal
    }

    /// Fetches an item, and tries again what may help.
    ///
    /// - Throws: The last failure; the target is as it was then.
    func fetch(_ item: FetchItem) async throws(WebFailure) -> Outcome {
        let start = Loop.main.now
        let deadline = settings.timeout.map { start + $0 }
        var backoff = Backoff(settings.retries.backoff)
        var tries = 0
        var content: FetchedContent?
        DraftFile.sweep(item.target)
        if item.isTree { TreePlacement.sweep(item.target) }
        while true {
            let failure: WebFailure
            do throws(WebFailure) {
                return try await attempt(item, &content, deadline)
            } catch {
                failure = error
            }
            tries += 1
            failures += 1
            let now = Loop.main.now
            let pause = settings.retries.pause(
                after: failure,
                tries: tries,
                pause: backoff.next(at: now, using: &generator),
                elapsed: now - start
            )
            guard let pause, !Task.isCancelled, deadline.map({ now + pause < $0 }) ?? true else {
                throw failure
            }
            journal.warning("\(failure); trying again in \(WaitMachine.text(pause))")
            do throws(Failure) {
                try await Loop.main.sleep(for: pause)
            } catch {
                throw WebFailure(.cancelled, error)
            }
        }
    }

    private func attempt(
        _ item: FetchItem,
        _ kept: inout FetchedContent?,
        _ deadline: Instant?
    ) async throws(WebFailure) -> Outcome {
        let checksum = try await wanted(item, deadline)
        let content: FetchedContent
        if let old = kept {
            content = old
        } else {
            content = try FetchedContent(
                for: item.target,
                digest: checksum?.algorithm ?? .sha256,
                limit: settings.sizeMaximum
            )
        }
        kept = content
        let path = Validators.path(of: item.target, settings.state)
        var known = Validators()
        if settings.isConditional, checksum == nil {
            known = Validators.read(path, of: item.target, from: item.name)
        }
        guard try await get(item, into: content, known, deadline) == .whole else { return .same }
        resumed += content.continuations
        // From here on another try begins anew.
        kept = nil
        let found = Checksum(checksum?.algorithm ?? .sha256, content.finish())
        if let checksum, found != checksum {
            throw WebFailure(
                .content,
                "\(item.name) is not what was expected",
                cause: "its checksum is \(found), not \(checksum)",
                remedy: "correct the checksum, or do not use the file"
            )
        }
        let outcome = try await place(item, content)
        var validators = content.validators
        if !validators.isEmpty, settings.isConditional {
            validators.address = item.name
            do throws(SystemError) {
                try validators.write(path, of: item.target)
            } catch {
                journal.warning("what the server calls this version cannot be kept: \(error)")
            }
        }
        return outcome
    }

    /// What the content must be.
    private func wanted(
        _ item: FetchItem,
        _ deadline: Instant?
    ) async throws(WebFailure) -> Checksum? {
        guard let list = item.checksumList else { return item.checksum }
        let answer = try await WebClient.open(settings.itemRequest(list, until: deadline))
        defer { answer.close() }
        guard answer.response.status < 400 else { throw try await Download.refusal(answer) }
        let text = String(decoding: try await answer.collect(4 << 20), as: UTF8.self)
        do throws(FormatError) {
            return try Checksum.of(item.checksumName ?? item.lastName ?? "", in: text)
        } catch {
            throw WebFailure(.content, error.failure(reading: "\(list)"))
        }
    }

    private func get(
        _ item: FetchItem,
        into content: FetchedContent,
        _ known: Validators,
        _ deadline: Instant?
    ) async throws(WebFailure) -> Download.Outcome {
        switch item.source {
        case .web(let address):
            return try await Download.run(
                settings.itemRequest(address, until: deadline),
                into: content,
                known: known,
                takesFailures: settings.takesFailures
            )
        case .file(let path):
            try content.empty()
            try copy(path, into: content)
        case .vault(let mount, let path, let key):
            try content.empty()
            let secret = try await VaultClient(settings, deadline).secret(mount, path)
            try content.append(try secret.text(key, item.form))
        case .git(let repository, let reference, let path):
            try content.empty()
            try await GitArchive.get(repository, reference, path, into: content, deadline)
        case .s3(let bucket, let key):
            return try await Download.run(
                try await S3Object.request(bucket, key, self, deadline),
                into: content,
                known: known,
                takesFailures: false
            )
        case .oci(let reference):
            try content.empty()
            try await OCIArtifact(settings, reference, deadline).get(into: content)
        }
        return .whole
    }

    private func copy(_ path: String, into content: FetchedContent) throws(WebFailure) {
        do throws(SystemError) {
            let file = try Descriptors.open(path)
            while true {
                let bytes = try Descriptors.read(file.number, upTo: 256 << 10)
                if bytes.isEmpty { return }
                do throws(WebFailure) {
                    try content.append(bytes)
                } catch {
                    throw SystemError(28, "write", content.draft.target)
                }
            }
        } catch {
            let kind: WebFailure.Kind = error.isNoSpace ? .write : .read
            throw WebFailure(kind, Failure("cannot copy \(path)", error))
        }
    }

    // MARK: Placing

    private func place(
        _ item: FetchItem,
        _ content: FetchedContent
    ) async throws(WebFailure) -> Outcome {
        if item.isTree {
            let packed = try content.bytes(upTo: settings.unpackedMaximum)
            content.draft.discard()
            try await TreePlacement.place(
                try unpacked(packed, item),
                at: item.target,
                strip: item.strip,
                limit: settings.unpackedMaximum,
                user: item.user,
                group: item.group
            )
            return .changed(packed.count)
        }
        if item.packing != .none || item.pick != nil || item.template != nil {
            let bytes = try changed(try content.bytes(upTo: settings.unpackedMaximum), item)
            try content.empty()
            try content.append(bytes)
        }
        if isSame(item, content) {
            content.draft.discard()
            return .same
        }
        do throws(SystemError) {
            try content.draft.commit(mode: item.mode, user: item.user, group: item.group)
        } catch {
            throw WebFailure(.write, Failure("cannot write \(item.target)", error))
        }
        return .changed(content.size)
    }

    /// Whether the same bytes with the same mode are in place.
    private func isSame(_ item: FetchItem, _ content: FetchedContent) -> Bool {
        guard let status = try? Files.stat(item.target), status.kind == .file,
            status.size == content.size, status.mode == item.mode,
            item.user == nil || item.user == status.user,
            item.group == nil || item.group == status.group,
            status.size <= settings.unpackedMaximum,
            let old = try? Files.read(item.target, limit: settings.unpackedMaximum),
            let new = try? Files.read(content.draft.path, limit: settings.unpackedMaximum)
        else { return false }
        return old == new
    }

    private func unpacked(_ bytes: [UInt8], _ item: FetchItem) throws(WebFailure) -> [UInt8] {
        do throws(FormatError) {
            let limit = settings.unpackedMaximum
            if bytes.starts(with: [0x1F, 0x8B]) {
                return try Gzip.decode(bytes.span, limit: limit)
            }
            if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
                return try Zstd.decode(bytes.span, limit: limit)
            }
            return bytes
        } catch {
            throw WebFailure(.content, error.failure(reading: item.name))
        }
    }

    private func changed(_ bytes: [UInt8], _ item: FetchItem) throws(WebFailure) -> [UInt8] {
        var bytes = bytes
        var document: JSON?
        do throws(FormatError) {
            switch item.packing {
            case .gzip: bytes = try Gzip.decode(bytes.span, limit: settings.unpackedMaximum)
            case .zstd: bytes = try Zstd.decode(bytes.span, limit: settings.unpackedMaximum)
            case .none, .tar: break
            }
            if let pick = item.pick {
                guard let value = JSONTemplate.find(pick, in: try JSON.parse(bytes)) else {
                    throw FormatError("the document has nothing at \(pick)")
                }
                bytes = Array((value.string ?? value.text()).utf8)
            }
            if item.template?.isAboutDocument == true { document = try JSON.parse(bytes) }
        } catch {
            throw WebFailure(.content, error.failure(reading: item.name))
        }
        guard let template = item.template else { return bytes }
        return try filled(template, bytes, document, item)
    }

    private func filled(
        _ template: JSONTemplate,
        _ bytes: [UInt8],
        _ document: JSON?,
        _ item: FetchItem
    ) throws(WebFailure) -> [UInt8] {
        do throws(FormatError) {
            let text = try template.filled(bytes, of: document) { settings.environment[$0] }
            return Array(text.utf8)
        } catch {
            let place = error.position.map { ":\($0)" } ?? ""
            throw WebFailure(
                .content,
                "cannot fill \(item.templateName)\(place) with \(item.name)",
                cause: error.what,
                remedy: error.remedy
            )
        }
    }
}
