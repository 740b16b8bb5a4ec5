import Basics
import Formats
import Security
import System

extension ReloadSettings {
    /// Reads the command line, and the configuration that it names.
    ///
    /// - Parameters:
    ///   - invocation: The command line of `ReloadRole`.
    ///   - files: How files are read.
    ///   - environment: The variables of the process.
    /// - Throws: `invalid` with all that is wrong.
    init(
        _ invocation: Invocation,
        files: FileAccess,
        environment: [String: String]
    ) throws(Failure) {
        self.init()
        if let path = invocation.text("config") { try read(path, files: files) }
        try readWatched(invocation)
        try readDeeds(invocation, files)
        try readTiming(invocation)
        try readServing(invocation, files)
        if let name = invocation.text("ordinal-from") {
            let pod = environment[name] ?? ""
            let digits = pod.reversed().prefix { ("0"..."9").contains($0) }
            variables["STATEFULSET_ORDINAL_NUMBER"] = String(digits.reversed())
        }
        try complete()
    }

    private mutating func readWatched(_ invocation: Invocation) throws(Failure) {
        scope.trees += invocation.texts("dir").map(Self.plain)
        scope.files += invocation.texts("file").map(Self.plain)
        if invocation.flag("recursive") { scope.isRecursive = true }
        let style = VariableText.Style(rawValue: invocation.text("style") ?? "both") ?? .both
        let only = invocation.texts("only").flatMap { $0.split(separator: ",").map(String.init) }
        var mode: UInt32?
        if let text = invocation.text("mode") {
            guard let bits = UInt32(text, radix: 8), bits <= 0o7777 else {
                throw Failure(.invalid, "--mode: \"\(text)\" is no mode", remedy: "write 0640")
            }
            mode = bits
        }
        for text in invocation.texts("render") {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw Failure(
                    .invalid,
                    "--render: \"\(text)\" does not say what is made of what",
                    remedy: "write --render /in/app.tmpl=/out/app.conf"
                )
            }
            renderings.append(
                Rendering(
                    source: Self.plain(String(parts[0])),
                    target: Self.plain(String(parts[1])),
                    style: style,
                    only: only.isEmpty ? nil : Set(only),
                    mode: mode
                )
            )
        }
    }

    private mutating func readDeeds(
        _ invocation: Invocation,
        _ files: FileAccess
    ) throws(Failure) {
        for text in invocation.texts("url") {
            deeds.append(.webhook(try Self.webhook(text, invocation, files)))
        }
        if let text = invocation.text("signal") {
            guard let number = Signals.number(of: text) else {
                throw Failure(.invalid, "--signal: there is no signal \"\(text)\"")
            }
            var targets = invocation.texts("process").map(Signalling.Target.name)
            targets += invocation.texts("pid-file").map(Signalling.Target.file)
            guard !targets.isEmpty else {
                throw Failure(
                    .invalid,
                    "--signal: nobody is to get it",
                    remedy: "give --process NAME or --pid-file FILE"
                )
            }
            var information: WebAddress?
            if let url = invocation.text("verify-url") { information = try WebAddress(url) }
            for target in targets {
                var signalling = Signalling(number: number, target: target)
                signalling.verification = information
                deeds.append(.signal(signalling))
            }
        } else if invocation.text("process") ?? invocation.text("pid-file") != nil {
            throw Failure(.invalid, "a process is named but no signal", remedy: "give --signal HUP")
        }
        let timeout = invocation.duration("exec-timeout")
        for text in invocation.texts("exec") {
            deeds.append(.run(try Self.words("--exec", text, timeout)))
        }
        deeds += invocation.texts("touch").map { .touch(Self.plain($0)) }
        for text in invocation.texts("validate") {
            validations.append(try Self.words("--validate", text, timeout))
        }
    }

    private static func words(
        _ option: String,
        _ text: String,
        _ timeout: Duration?
    ) throws(Failure) -> Words {
        do throws(FormatError) {
            var words = Words(words: try CommandWords.of(text))
            if let timeout { words.timeout = timeout }
            return words
        } catch {
            throw Failure(
                .invalid,
                "\(option): \(error.what)",
                cause: "in \"\(text)\"",
                remedy: error.remedy
            )
        }
    }

    private static func webhook(
        _ text: String,
        _ invocation: Invocation,
        _ files: FileAccess
    ) throws(Failure) -> Webhook {
        var hook = Webhook(address: try WebAddress(text))
        if let method = invocation.text("method") { hook.method = method.uppercased() }
        if let timeout = invocation.duration("timeout") { hook.timeout = timeout }
        if let body = invocation.text("body") { hook.body = body }
        for word in invocation.texts("status").flatMap({ $0.split(separator: ",") }) {
            guard let status = Int(word), (100...599).contains(status) else {
                throw Failure(.invalid, "--status: \"\(word)\" is no status of HTTP")
            }
            hook.statuses.insert(status)
        }
        for line in invocation.texts("header") {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
                throw Failure(.invalid, "--header: a line is \"Name: value\"")
            }
            let value = String(line[line.index(after: colon)...]).trimmingSpace()
            hook.headers.append(Header(name: String(line[..<colon]), value: value))
        }
        hook.tls = try tls(
            isInsecure: invocation.flag("insecure"),
            authorities: invocation.text("cacert"),
            certificate: invocation.text("cert"),
            key: invocation.text("key"),
            files
        )
        return hook
    }

    /// What is expected of a server, from the names of files.
    static func tls(
        isInsecure: Bool,
        authorities: String?,
        certificate: String?,
        key: String?,
        _ files: FileAccess
    ) throws(Failure) -> TLSOptions {
        var options = TLSOptions(verification: isInsecure ? .none : .system)
        if let path = authorities, !isInsecure {
            options.verification = .authorities(pem: try text(of: path, files))
        }
        if isInsecure { options.checksServerName = false }
        if let path = certificate {
            options.identity = TLSIdentity(
                certificates: try text(of: path, files),
                privateKey: try text(of: key ?? path, files),
                certificatesPath: path,
                privateKeyPath: key ?? path
            )
        }
        return options
    }

    private static func text(of path: String, _ files: FileAccess) throws(Failure) -> String {
        guard let bytes = files.read(path) else {
            throw Failure(.notFound, "cannot read \(path)", remedy: "mount it, or correct the path")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func readTiming(_ invocation: Invocation) throws(Failure) {
        if let delay = invocation.duration("delay") {
            pace.quiet = delay
            pace.swapped = delay
            pace.longest = max(delay, .seconds(1))
        }
        if let interval = invocation.duration("interval") {
            guard interval >= .milliseconds(100) else {
                throw Failure(.invalid, "--interval: less than 100ms is too often")
            }
            pace.interval = interval
        }
        if let tries = invocation.number("tries") {
            guard tries >= 0 else { throw Failure(.invalid, "--tries: 0 is without an end") }
            rules.tries = tries
        }
        if let pause = invocation.duration("retry-first") { rules.backoff.initial = pause }
        if let pause = invocation.duration("retry-most") { rules.backoff.cap = pause }
        if rules.backoff.initial == rules.backoff.cap { rules.backoff.jitterPercent = 0 }
        if invocation.flag("initial") { rules.actsAtStart = true }
        if invocation.flag("once") { rules.isOnce = true }
        if let word = invocation.text("ready") { readiness = Readiness(rawValue: word) ?? .start }
    }

    private mutating func readServing(
        _ invocation: Invocation,
        _ files: FileAccess
    ) throws(Failure) {
        if let text = invocation.text("listen"), !text.isEmpty {
            guard let address = ListenAddress(text, alone: "0.0.0.0") else {
                throw Failure(
                    .invalid,
                    "--listen: \"\(text)\" is no address",
                    remedy: "write :9533"
                )
            }
            listen = address
        }
        if let path = invocation.text("telemetry-path") {
            telemetryPath = path.hasPrefix("/") ? path : "/" + path
        }
        if let path = invocation.text("listen-config"), !path.isEmpty {
            try readListenConfiguration(path, files)
        }
    }

    /// A path without a slash at its end.
    static func plain(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
