import Basics
import Formats
import HTTP
import Security
import System

extension FetchSettings {
    /// Reads the command line, and the configuration that it names.
    ///
    /// - Throws: `invalid` with what makes no sense; `notFound` for files that cannot be read.
    init(
        _ invocation: Invocation,
        files: FileAccess,
        environment: [String: String]
    ) throws(Failure) {
        self.environment = environment
        readEnvironment()
        if let path = invocation.text("config") { try read(path, files: files) }
        try readRequests(invocation, files)
        try readSources(invocation)
        try readTiming(invocation)
        try readItems(invocation, files)
        guard !items.isEmpty else {
            throw Failure(.invalid, "nothing is to be fetched", remedy: "give an address")
        }
        var seen: Set<String> = []
        for item in items where !seen.insert(item.target).inserted {
            throw Failure(
                .invalid,
                "two addresses go to \(item.target)",
                remedy: "give -o for each"
            )
        }
    }

    private mutating func readEnvironment() {
        vault.address = environment["VAULT_ADDR"].flatMap { try? WebAddress($0) }
        vault.token = environment["VAULT_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        vault.tokenFile = environment["VAULT_TOKEN_FILE"]
        vault.namespace = environment["VAULT_NAMESPACE"]
        if let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] {
            s3.region = region
        }
        let place = environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"]
        s3.endpoint = place.flatMap { try? WebAddress($0) }
    }

    static func content(of path: String, _ files: FileAccess) throws(Failure) -> String {
        guard let bytes = files.read(path) else {
            throw Failure(.notFound, "cannot read \(path)", remedy: "mount it, or correct the path")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func readRequests(
        _ invocation: Invocation,
        _ files: FileAccess
    ) throws(Failure) {
        for line in invocation.texts("header") {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
                throw Failure(.invalid, "--header: a line is \"Name: value\"")
            }
            let value = String(line[line.index(after: colon)...]).trimmingSpace()
            headers.append(.init(name: String(line[..<colon]), value: value))
        }
        for text in invocation.texts("header-file") {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Failure(.invalid, "--header-file: write NAME=FILE")
            }
            let value = try Self.content(of: parts[1], files).trimmingSpace()
            headers.append(.init(name: parts[0], value: value))
        }
        if let path = invocation.text("bearer-file") {
            let token = try Self.content(of: path, files).trimmingSpace()
            headers.append(.init(name: "Authorization", value: "Bearer " + token))
        }
        var login = invocation.text("user")
        if let path = invocation.text("user-file") {
            login = try Self.content(of: path, files).trimmingSpace()
        }
        if let login { setLogin(login) }
        if let path = invocation.text("netrc") { netrc = Netrc(try Self.content(of: path, files)) }
        let names = ["cacert", "cert", "key"]
        if invocation.flag("insecure") || names.contains(where: { invocation.text($0) != nil }) {
            tls = try ReloadSettings.tls(
                isInsecure: invocation.flag("insecure"),
                authorities: invocation.text("cacert"),
                certificate: invocation.text("cert"),
                key: invocation.text("key"),
                files
            )
        }
        if let number = invocation.number("redirects") { redirects = max(0, number) }
        if invocation.flag("keep-failures") { takesFailures = true }
        if invocation.flag("always") { isConditional = false }
        if let folder = invocation.text("state") { state = ReloadSettings.plain(folder) }
        if let text = invocation.text("max-size") {
            sizeMaximum = try Self.size(text, "--max-size")
        }
        if let text = invocation.text("max-unpacked") {
            unpackedMaximum = try Self.size(text, "--max-unpacked")
        }
    }

    /// Takes `user:password`.
    mutating func setLogin(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        user = String(parts[0])
        password = parts.count > 1 ? String(parts[1]) : ""
    }

    /// Reads a size: `64Mi`, `1G`, or bytes.
    static func size(_ text: String, _ option: String) throws(Failure) -> Int {
        let units: [(String, Int)] = [
            ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40), ("k", 1000),
            ("K", 1 << 10), ("M", 1_000_000), ("G", 1_000_000_000),
        ]
        let unit = units.first { text.hasSuffix($0.0) }
        let digits = text.dropLast(unit?.0.count ?? 0)
        guard let number = Int(digits), number > 0, number < 1 << 50 / (unit?.1 ?? 1) else {
            throw Failure(.invalid, "\(option): \"\(text)\" is no size", remedy: "write 64Mi")
        }
        return number * (unit?.1 ?? 1)
    }

    private mutating func readSources(_ invocation: Invocation) throws(Failure) {
        if let text = invocation.text("vault-addr") { vault.address = try WebAddress(text) }
        if let path = invocation.text("vault-token-file") {
            vault.tokenFile = path
            vault.token = nil
        }
        if let role = invocation.text("vault-role") {
            vault.role = role
            (vault.token, vault.tokenFile) = (nil, nil)
        }
        vault.login = invocation.text("vault-login") ?? vault.login
        vault.accountFile = invocation.text("vault-account") ?? vault.accountFile
        vault.namespace = invocation.text("vault-namespace") ?? vault.namespace
        vault.version = invocation.number("vault-kv") ?? vault.version
        s3.region = invocation.text("s3-region") ?? s3.region
        if let text = invocation.text("s3-endpoint") { s3.endpoint = try WebAddress(text) }
        if invocation.flag("s3-path-style") { s3.pathStyle = true }
        if invocation.flag("s3-anonymous") { s3.isAnonymous = true }
    }

    private mutating func readTiming(_ invocation: Invocation) throws(Failure) {
        if let tries = invocation.number("tries") { retries.tries = max(0, tries) }
        if let pause = invocation.duration("retry-first") { retries.backoff.initial = pause }
        if let pause = invocation.duration("retry-most") { retries.backoff.cap = pause }
        if invocation.flag("retry-all") { retries.takesAll = true }
        connecting = invocation.duration("connect-timeout") ?? connecting
        silence = invocation.duration("silence") ?? silence
        timeout = invocation.duration("timeout") ?? timeout
        if let every = invocation.duration("every") {
            guard every >= .milliseconds(100) else {
                throw Failure(.invalid, "--every: less than 100ms is too often")
            }
            self.every = every
        }
        for text in invocation.texts("then-url") {
            deeds.append(.webhook(.init(address: try WebAddress(text))))
        }
        if let text = invocation.text("then-signal") {
            guard let number = Signals.number(of: text) else {
                throw Failure(.invalid, "--then-signal: there is no signal \"\(text)\"")
            }
            let name = invocation.text("then-process").map {
                ReloadSettings.Signalling.Target.name($0)
            }
            let file = invocation.text("then-pid-file").map {
                ReloadSettings.Signalling.Target.file($0)
            }
            guard let target = name ?? file else {
                throw Failure(
                    .invalid,
                    "--then-signal: nobody is to get it",
                    remedy: "give --then-process or --then-pid-file"
                )
            }
            deeds.append(.signal(.init(number: number, target: target)))
        }
        if let text = invocation.text("then-exec") {
            do throws(FormatError) {
                deeds.append(.run(.init(words: try CommandWords.of(text))))
            } catch {
                throw Failure(.invalid, "--then-exec: \(error.what)", remedy: error.remedy)
            }
        }
    }

    private mutating func readItems(
        _ invocation: Invocation,
        _ files: FileAccess
    ) throws(Failure) {
        let outputs = invocation.texts("output")
        guard outputs.count <= invocation.arguments.count else {
            throw Failure(.invalid, "-o is given for more files than there are addresses")
        }
        for (index, text) in invocation.arguments.enumerated() {
            var item = FetchItem(source: try FetchItem.Source(text), target: "")
            if index < outputs.count {
                item.target = ReloadSettings.plain(outputs[index])
            } else {
                guard let name = item.lastName else {
                    throw Failure(
                        .invalid,
                        "\(item.name) has no name for a file",
                        remedy: "give -o FILE"
                    )
                }
                let folder = invocation.text("dir").map(ReloadSettings.plain) ?? "."
                item.target = folder == "/" ? "/" + name : folder + "/" + name
            }
            try readContent(&item, invocation, files)
            items.append(item)
        }
    }

    private func readContent(
        _ item: inout FetchItem,
        _ invocation: Invocation,
        _ files: FileAccess
    ) throws(Failure) {
        do throws(FormatError) {
            item.checksum = try invocation.text("checksum").map { (text) throws(FormatError) in
                try Checksum(text)
            }
        } catch {
            throw Failure(.invalid, "--checksum: \(error.what)", remedy: error.remedy)
        }
        if let path = invocation.text("template") {
            let text = try Self.content(of: path, files)
            do throws(FormatError) {
                item.template = try JSONTemplate(text)
            } catch {
                throw error.failure(reading: path)
            }
            item.templateName = path
        }
        if let url = invocation.text("checksum-url") { item.checksumList = try WebAddress(url) }
        item.checksumName = invocation.text("checksum-name")
        item.packing = FetchItem.Packing(rawValue: invocation.text("unpack") ?? "") ?? .none
        item.strip = max(0, invocation.number("strip") ?? 0)
        item.pick = invocation.text("pick")
        item.form = FetchItem.SecretForm(rawValue: invocation.text("format") ?? "") ?? .json
        if let text = invocation.text("mode") {
            guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
                throw Failure(.invalid, "--mode: \"\(text)\" is no mode", remedy: "write 0640")
            }
            item.mode = mode
        } else if case .vault = item.source {
            item.mode = 0o600
        }
        if let text = invocation.text("owner") {
            (item.user, item.group) = try Self.owner(text)
        }
    }

    /// Reads `1000`, `1000:1000` or `:1000`.
    static func owner(
        _ text: String,
        _ option: String = "--owner"
    ) throws(Failure) -> (UInt32?, UInt32?) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts.map { UInt32($0) }
        guard zip(parts, numbers).allSatisfy({ $0.isEmpty || $1 != nil }), text != "", text != ":"
        else {
            throw Failure(
                .invalid,
                "\(option): \"\(text)\" is no number",
                remedy: "write 1000:1000, since images without /etc/passwd know no names"
            )
        }
        return (numbers[0], numbers.count > 1 ? numbers[1] : nil)
    }
}
