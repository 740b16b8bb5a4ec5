import Basics
import Formats
import Security
import System

extension ReloadSettings {
    /// Adds what a configuration in YAML says.
    ///
    /// - Throws: `invalid` with every mistake, each with its place.
    mutating func read(_ path: String, files: FileAccess) throws(Failure) {
        guard let bytes = files.read(path) else {
            throw Failure(
                .notFound,
                "cannot read the configuration \(path)",
                remedy: "mount it, or correct the path"
            )
        }
        let log = FindingLog(isLenient: false)
        if let root = SettingsSection.document(bytes, file: path, log: log) {
            read(root, files)
            root.finish()
        }
        try Self.refuse(log)
    }

    private static func refuse(_ log: FindingLog) throws(Failure) {
        guard log.hasErrors else { return }
        let lines = log.sorted.map(\.description)
        throw Failure(.invalid, lines.joined(separator: "\n"))
    }

    private mutating func read(_ root: SettingsSection, _ files: FileAccess) {
        for section in root.sections("watch") {
            if let path = section.text("dir") { scope.trees.append(Self.plain(path)) }
            if let path = section.text("file") { scope.files.append(Self.plain(path)) }
            if section.flag("recursive") == true { scope.isRecursive = true }
            section.finish()
        }
        for section in root.sections("render") {
            var rendering = Rendering(
                source: Self.plain(section.neededText("from")),
                target: Self.plain(section.neededText("to"))
            )
            rendering.style = section.choice("style", VariableText.Style.self) ?? .both
            if section.has("only") { rendering.only = Set(section.texts("only")) }
            rendering.mode = section.mode("mode")
            section.finish()
            renderings.append(rendering)
        }
        for section in root.sections("validate") {
            if let words = section.command("command") {
                validations.append(
                    Words(words: words, timeout: section.duration("timeout") ?? .seconds(30))
                )
            } else {
                section.mistake("\"command\" is missing")
            }
            section.finish()
        }
        for section in root.sections("do") { readDeed(section, files) }
        if let delay = root.duration("delay") {
            pace.quiet = delay
            pace.swapped = delay
            pace.longest = max(delay, .seconds(1))
        }
        if let interval = root.duration("interval") {
            pace.interval = max(interval, .milliseconds(100))
        }
        if let section = root.section("retries") {
            rules.tries = section.number("tries", in: 0...1_000_000) ?? rules.tries
            rules.backoff.initial = section.duration("first") ?? rules.backoff.initial
            rules.backoff.cap = section.duration("most") ?? rules.backoff.cap
            section.finish()
        }
        rules.actsAtStart = root.flag("initial") ?? rules.actsAtStart
        readiness = root.choice("ready", Readiness.self) ?? readiness
        if let text = root.text("listen") {
            listen = ListenAddress(text, alone: "0.0.0.0")
            if listen == nil {
                root.mistake("\"\(text)\" is no address", "write :9533", at: "listen")
            }
        }
        telemetryPath = root.text("telemetryPath") ?? telemetryPath
        for (name, value) in root.pairs("variables") { variables[name] = value }
    }

    mutating func readDeed(_ section: SettingsSection, _ files: FileAccess) {
        let kinds = ["url", "signal", "exec", "touch"].filter { section.has($0) }
        guard kinds.count == 1 else {
            section.mistake(
                kinds.isEmpty
                    ? "nothing is done here" : "\(kinds.joined(separator: " and ")) at once",
                "write one of url, signal, exec, touch in each element"
            )
            return
        }
        switch kinds[0] {
        case "url":
            if let hook = Self.webhook(section, files) { deeds.append(.webhook(hook)) }
        case "signal": readSignal(section)
        case "exec":
            let timeout = section.duration("timeout") ?? .seconds(30)
            if let words = section.command("exec") {
                deeds.append(.run(Words(words: words, timeout: timeout)))
            }
        default: deeds.append(.touch(Self.plain(section.neededText("touch"))))
        }
        section.finish()
    }

    private mutating func readSignal(_ section: SettingsSection) {
        let text = section.neededText("signal")
        let name = section.text("process")
        let file = section.text("pidFile")
        guard let number = Signals.number(of: text) else {
            section.mistake("there is no signal \"\(text)\"", at: "signal")
            return
        }
        switch (name, file) {
        case (let name?, nil): deeds.append(.signal(.init(number: number, target: .name(name))))
        case (nil, let file?): deeds.append(.signal(.init(number: number, target: .file(file))))
        default: section.mistake("nobody is to get it", "write process or pidFile, one of them")
        }
    }

    /// Reads a request; every key of it, so that each mistake is told at its own place.
    private static func webhook(_ section: SettingsSection, _ files: FileAccess) -> Webhook? {
        func read<Value>(_ key: String, _ body: () throws(Failure) -> Value) -> Value? {
            do throws(Failure) {
                return try body()
            } catch {
                section.mistake("\(error)", at: key)
                return nil
            }
        }
        let url = section.neededText("url")
        let address =
            url.isEmpty ? nil : read("url") { () throws(Failure) in try WebAddress(url) }
        // What stands for an address that is none is never requested.
        guard let place = address ?? (try? WebAddress("localhost")) else { return nil }
        var hook = Webhook(address: place)
        hook.method = section.text("method")?.uppercased() ?? hook.method
        for text in section.texts("status") {
            guard let status = Int(text), (100...599).contains(status) else {
                section.mistake("\"\(text)\" is no status of HTTP", at: "status")
                continue
            }
            hook.statuses.insert(status)
        }
        hook.headers = section.pairs("headers").map { Header(name: $0.name, value: $0.value) }
        hook.body = section.text("body") ?? ""
        hook.timeout = section.duration("timeout") ?? hook.timeout
        if let tls = section.section("tls") {
            let (isInsecure, authorities) = (tls.flag("insecure") ?? false, tls.text("ca"))
            let (certificate, key) = (tls.text("cert"), tls.text("key"))
            tls.finish()
            let options = read("tls") { () throws(Failure) in
                try Self.tls(
                    isInsecure: isInsecure,
                    authorities: authorities,
                    certificate: certificate,
                    key: key,
                    files
                )
            }
            if let options { hook.tls = options }
        }
        return address == nil ? nil : hook
    }

    /// Reads the web configuration of Prometheus' programs: TLS for the metrics.
    mutating func readListenConfiguration(
        _ path: String,
        _ files: FileAccess
    ) throws(Failure) {
        guard let bytes = files.read(path) else {
            throw Failure(.notFound, "cannot read \(path)", remedy: "mount it")
        }
        let log = FindingLog(isLenient: false)
        if let root = SettingsSection.document(bytes, file: path, log: log) {
            if root.has("basic_auth_users") {
                root.mistake(
                    "passwords are not asked for here",
                    "put the metrics behind companion proxy",
                    at: "basic_auth_users"
                )
            }
            if let http = root.section("http_server_config") {
                _ = http.flag("http2")
                http.finish()
            }
            if let tls = root.section("tls_server_config") {
                readTLS(tls, Files.parent(of: path), files)
            }
            root.finish()
        }
        try Self.refuse(log)
    }

    private mutating func readTLS(
        _ section: SettingsSection,
        _ folder: String,
        _ files: FileAccess
    ) {
        // Prometheus takes names from where the configuration lies.
        func content(_ key: String) -> (path: String, text: String)? {
            guard let name = section.text(key) else { return nil }
            let path = name.hasPrefix("/") ? name : folder + "/" + name
            guard let bytes = files.read(path) else {
                section.mistake("cannot read \(path)", at: key)
                return nil
            }
            return (path, String(decoding: bytes, as: UTF8.self))
        }
        if let certificate = content("cert_file"), let key = content("key_file") {
            var identity = TLSIdentity(
                certificates: certificate.text,
                privateKey: key.text,
                certificatesPath: certificate.path,
                privateKeyPath: key.path
            )
            let kind = section.text("client_auth_type") ?? "NoClientCert"
            identity.requiresClientCertificate = kind.hasPrefix("Require")
            identity.clientAuthorities = content("client_ca_file")?.text
            listenIdentity = identity
        } else {
            section.mistake("cert_file and key_file are needed")
        }
        section.finish()
    }
}
