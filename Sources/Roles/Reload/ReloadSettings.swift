import Basics
import Security
import System

/// What a reloader watches, prepares and does.
struct ReloadSettings: Sendable {
    /// A file that is made of another.
    struct Rendering: Sendable, Hashable {
        /// What it is made of; gzip is unpacked.
        var source: String
        /// Where it goes.
        var target: String
        /// Which places for variables it has.
        var style = VariableText.Style.both
        /// The variables that are meant; `nil` for all.
        var only: Set<String>?
        /// Its permission bits; those of the file that it replaces, or 0644.
        var mode: UInt32?
    }

    /// A command: the program and its arguments.
    struct Words: Sendable, Hashable {
        var words: [String]
        var timeout = Duration.seconds(30)

        /// As it is told: the program and its arguments.
        var text: String { words.joined(separator: " ") }
    }

    /// A request of HTTP.
    struct Webhook: Sendable, Hashable {
        var address: WebAddress
        var method = "POST"
        /// The statuses of success; empty for any of 2xx.
        var statuses: Set<Int> = []
        var headers: [Header] = []
        var body = ""
        var timeout = Duration.seconds(10)
        var tls = TLSOptions()
    }

    /// A field of a request.
    struct Header: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// A signal to a process of the pod.
    struct Signalling: Sendable, Hashable {
        /// Whom.
        enum Target: Sendable, Hashable {
            /// The processes of a program, by its name or path.
            case name(String)
            /// The process whose number a file holds.
            case file(String)
        }

        var number: Int32
        var target: Target
        /// Prometheus' page that tells whether the new configuration was taken, and when.
        var verification: WebAddress?
    }

    /// What is done when files have changed.
    enum Deed: Sendable, Hashable {
        case webhook(Webhook)
        case signal(Signalling)
        case run(Words)
        case touch(String)
    }

    /// When probes are told that it is ready.
    enum Readiness: String, Sendable, Hashable, CaseIterable {
        /// From the start.
        case start
        /// After everything was done for the first time.
        case success
    }

    /// What is watched.
    var scope = WatchScope()
    /// What is made.
    var renderings: [Rendering] = []
    /// The commands that must succeed before anything is done; `{}` stands for the file that was made.
    var validations: [Words] = []
    /// What is done, in this order.
    var deeds: [Deed] = []
    /// How soon.
    var pace = ConfigurationWatch.Pace()
    /// What is tried again, and how often.
    var rules = ReloadMachine.Rules()
    /// When probes are told that it is ready.
    var readiness = Readiness.start
    /// Where metrics and probes are served to others.
    var listen: ListenAddress?
    /// Where its certificate and key are, if it is served over TLS.
    var listenIdentity: TLSIdentity?
    /// The path of the metrics there.
    var telemetryPath = "/metrics"
    /// Variables that are set beside those of the process.
    var variables: [String: String] = [:]
    /// What works and should still be known.
    var warnings: [String] = []

    /// The most bytes of a file that is read.
    static let fileMaximum = 16 << 20
    /// The most bytes of all files that are read.
    static let totalMaximum = 64 << 20

    /// Nothing is watched yet.
    init() {
        pace.quiet = .milliseconds(20)
        pace.longest = .seconds(1)
    }

    /// All that is watched, templates included.
    var watched: WatchScope {
        var scope = scope
        for rendering in renderings where !scope.files.contains(rendering.source) {
            scope.files.append(rendering.source)
        }
        return scope
    }

    /// Completes the settings and refuses what makes no sense.
    ///
    /// - Throws: `invalid` with what is missing.
    mutating func complete() throws(Failure) {
        guard !watched.isEmpty else {
            throw Failure(
                .invalid,
                "nothing is watched",
                remedy: "give --dir, --file or --render"
            )
        }
        guard !deeds.isEmpty || !renderings.isEmpty else {
            throw Failure(
                .invalid,
                "nothing is to be done when files change",
                remedy: "give --url, --signal, --exec, --touch or --render"
            )
        }
        for rendering in renderings where rendering.source == rendering.target {
            throw Failure(.invalid, "cannot make \(rendering.target) of itself")
        }
        for rendering in renderings where scope.files.contains(rendering.target) {
            throw Failure(
                .invalid,
                "\(rendering.target) is watched and made at once",
                remedy: "watch only what it is made of"
            )
        }
        rules.preparesAtStart = !renderings.isEmpty
    }
}

extension ReloadSettings.Deed: CustomStringConvertible {
    /// As it is told in the journal and in metrics; without passwords.
    var description: String {
        switch self {
        case .webhook(let hook): "\(hook.method) \(hook.address)"
        case .signal(let signal):
            switch signal.target {
            case .name(let name): "\(Signals.name(of: signal.number)) to \(name)"
            case .file(let path):
                "\(Signals.name(of: signal.number)) to the process of \(path)"
            }
        case .run(let words): "run \(words.words.first ?? "")"
        case .touch(let path): "touch \(path)"
        }
    }

    /// The kind of it, as a label.
    var kind: String {
        switch self {
        case .webhook: "webhook"
        case .signal: "signal"
        case .run: "exec"
        case .touch: "touch"
        }
    }
}
