internal import Basics
internal import Formats
internal import HTTP
internal import Passwords
internal import Security

/// Lets requests pass with a known name and password (RFC 7617), compiled for one worker.
///
/// Most hashes are slow by intention. What is not known is handed out as a `Job`, to be checked off the
/// worker's thread, and its result is remembered for a while, bounded.
final class BasicGate {
    /// What became of a request.
    enum Verdict {
        /// It is by this user; the index into `names`.
        case known(Int)
        /// It shows no name and password, or wrong ones.
        case refused
        /// It is to be checked elsewhere; then `finished` is told and the request checked again.
        case pending(Job)
    }

    /// A check that takes long.
    struct Job: Sendable {
        fileprivate let credentials: [UInt8]
        fileprivate let user: Int
        fileprivate let isDecoy: Bool
        private let password: [UInt8]
        private let hash: String

        fileprivate init(
            credentials: [UInt8],
            user: Int,
            isDecoy: Bool,
            password: [UInt8],
            hash: String
        ) {
            self.credentials = credentials
            self.user = user
            self.isDecoy = isDecoy
            self.password = password
            self.hash = hash
        }

        /// Whether it checks the same as another.
        func isSame(as other: Job) -> Bool { credentials == other.credentials }

        /// Does the work.
        func run() -> Bool { PasswordHash.fits(password, hash) && !isDecoy }
    }

    private struct Memory {
        var credentials: [UInt8] = []
        var user = -1
        var until = Instant(nanoseconds: .min)
    }

    /// How many results are remembered, and for how long: of good ones, and of bad ones.
    static let rememberedMaximum = 256
    static let goodFor = Duration.seconds(300)
    static let badFor = Duration.seconds(5)

    /// The users' names.
    private(set) var names: [[UInt8]] = []
    /// The value of `www-authenticate`.
    let challenge: [UInt8]
    private var hashes: [String] = []
    private let nameHeader: [UInt8]?
    private var remembered: [Memory]
    private let seed: UInt64
    /// A secret of this worker: credentials are remembered as digests that begin with it.
    private let pepper: [UInt8]

    /// Compiles settings with the texts of their sources; `pepper` is secret randomness.
    ///
    /// - Throws: `invalid` for a line that is no user, or a hash of an unknown form.
    init(
        _ settings: BasicSettings,
        texts: [String],
        seed: UInt64,
        pepper: [UInt8]
    ) throws(Failure) {
        let realm = settings.realm.filter { $0 != "\"" && $0 != "\\" }
        challenge = Array("Basic realm=\"\(realm)\", charset=\"UTF-8\"".utf8)
        nameHeader = settings.nameHeader.map { Array($0.utf8) }
        self.seed = seed
        self.pepper = pepper
        remembered = Array(repeating: Memory(), count: Self.rememberedMaximum)
        for text in texts {
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                let entry = line.trimmingSpace()
                if entry.isEmpty || entry.hasPrefix("#") { continue }
                let parts = entry.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, PasswordHash.isKnown(String(parts[1])) else {
                    throw Failure(
                        .invalid,
                        "line \(number + 1) of the users is not understood",
                        remedy: "write NAME:HASH as `htpasswd -B` does"
                    )
                }
                names.append(Array(parts[0].utf8))
                hashes.append(String(parts[1]))
            }
        }
        if names.isEmpty { throw Failure(.invalid, "there is no user") }
    }

    /// Checks a request.
    func check(_ head: inout RequestHead, at now: Instant) -> Verdict {
        if let nameHeader { head.fields.removeAll(named: nameHeader.span) }
        guard let index = head.fields.first(.authorization) else { return .refused }
        let value = Array(copying: head.fields.value(index))
        let scheme = 6
        guard value.count > scheme, value.count < 2048,
            value.span.extracting(0..<scheme).equalsFolded("basic ")
        else { return .refused }
        let credentials = Digest.sha256(pepper + value[scheme...])
        let memory = remembered[place(credentials)]
        if memory.until > now, memory.credentials == credentials {
            return memory.user < 0 ? .refused : accept(memory.user, &head)
        }
        let text = String(decoding: value[scheme...], as: UTF8.self).trimmingSpace()
        guard let bytes = Base64.decode(text),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return .refused }
        let known = names.firstIndex(of: Array(bytes[..<colon]))
        // An unknown name costs as much as a known one.
        let user = known ?? 0
        let job = Job(
            credentials: credentials,
            user: user,
            isDecoy: known == nil,
            password: Array(bytes[(colon + 1)...]),
            hash: hashes[user]
        )
        if !PasswordHash.isQuick(hashes[user]) { return .pending(job) }
        return job.run() ? accept(user, &head) : .refused
    }

    /// Notes what came of a job.
    func finished(_ job: Job, isGood: Bool, at now: Instant) {
        remembered[place(job.credentials)] = Memory(
            credentials: job.credentials,
            user: isGood ? job.user : -1,
            until: now + (isGood ? Self.goodFor : Self.badFor)
        )
    }

    private func place(_ credentials: [UInt8]) -> Int {
        Int(XXHash64.hash(credentials, seed: seed) % UInt64(Self.rememberedMaximum))
    }

    private func accept(_ user: Int, _ head: inout RequestHead) -> Verdict {
        if let nameHeader {
            let name = names[user]
            head.fields.set(name: nameHeader.span, value: name.span)
        }
        return .known(user)
    }
}
