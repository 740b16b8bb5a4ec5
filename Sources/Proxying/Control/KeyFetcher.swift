import Basics
import Reactor

/// Fetches the keys of an issuer of tokens again and again; what was fetched last stays when a fetch fails.
@MainLoop final class KeyFetcher {
    /// How the text of a key set is got.
    typealias Fetch = () async throws(Failure) -> [UInt8]

    let url: String
    /// The keys that were fetched last.
    private(set) var keys: KeySet?
    /// Whether the first fetch has ended, well or not.
    private(set) var wasTried = false
    private let lifetime: Duration
    private let fetch: Fetch
    private let journal: Journal
    private let counted: (Bool) -> Void
    private let publish: (KeySet) -> Void
    private var text: [UInt8] = []
    private var failures = 0
    private let repeater = Repeater()
    /// The longest pause between fetches that fail.
    private static let pauseMaximum = Duration.seconds(30)

    init(
        url: String,
        lifetime: Duration,
        journal: Journal,
        fetch: @escaping Fetch,
        counted: @escaping (Bool) -> Void,
        publish: @escaping (KeySet) -> Void
    ) {
        self.url = url
        self.lifetime = lifetime
        self.journal = journal.with(["url": url])
        self.fetch = fetch
        self.counted = counted
        self.publish = publish
    }

    func start() {
        repeater.start { [weak self] in await self?.step() }
    }

    func stop() {
        repeater.stop()
    }

    /// Fetches once.
    ///
    /// - Returns: When to fetch again.
    func step() async -> Duration {
        do throws(Failure) {
            let bytes = try await fetch()
            let fresh = try KeySet(bytes)
            counted(true)
            if failures > 0 { journal.info("the keys of tokens are fetched again") }
            failures = 0
            wasTried = true
            if bytes != text || keys == nil {
                text = bytes
                keys = fresh
                publish(fresh)
            }
            return max(lifetime, .seconds(1))
        } catch {
            if error.code == .cancelled { return Self.pauseMaximum }
            counted(false)
            failures += 1
            wasTried = true
            if failures == 1 {
                let rest = keys == nil ? "tokens are refused" : "the old ones are kept"
                journal.warning("the keys of tokens cannot be fetched, \(rest): \(error)")
            }
            let shift = min(failures - 1, 5)
            return min(.seconds(1 << shift), Self.pauseMaximum)
        }
    }
}
