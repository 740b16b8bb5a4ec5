import Basics
import Formats
import System

/// Reads `metrics.yaml`, the configuration of the role `metrics`.
struct MetricsConfigurationReader {
    let log: FindingLog
    let environment: [String: String]
    /// Reads a file that the configuration names; its text, or nil if it cannot be read.
    let readFile: (String) -> [UInt8]?

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - name: How it is called, for findings.
    ///   - isLenient: Whether unknown keys are warnings.
    ///   - environment: Variables that labels may be taken from.
    ///   - readFile: Reads a file that the configuration names.
    /// - Returns: The configuration and warnings about it.
    /// - Throws: All that is wrong with it.
    static func read(
        _ bytes: [UInt8],
        name: String,
        isLenient: Bool = false,
        environment: [String: String] = [:],
        readFile: @escaping (String) -> [UInt8]? = { _ in nil }
    ) throws(ConfigurationErrors) -> (MetricsConfiguration, [ConfigurationFinding]) {
        let log = FindingLog(isLenient: isLenient)
        var configuration = MetricsConfiguration()
        do throws(FormatError) {
            let documents = try YAML.documents(in: bytes)
            if documents.count > 1 {
                log.error(Place(name, documents[1].position), "one document is expected")
            }
            let root = documents.first ?? PositionedTree(.mapping([]), at: .start)
            let reader = Self(log: log, environment: environment, readFile: readFile)
            configuration = reader.whole(Settings(root, FieldPath(), name, log))
        } catch {
            log.error(Place(name, error.position), error.what, error.remedy)
        }
        if log.hasErrors { throw ConfigurationErrors(log.sorted) }
        return (configuration, log.sorted)
    }

    private func whole(_ root: Settings) -> MetricsConfiguration {
        var configuration = MetricsConfiguration()
        let addresses = root.texts("listen").compactMap { text -> ListenAddress? in
            let address = ListenAddress(text, alone: "0.0.0.0")
            if address == nil {
                root.log.error(root.place("listen"), "\"\(text)\" is no address", "write :9090")
            }
            return address
        }
        if !addresses.isEmpty { configuration.listen = addresses }
        if let path = root.text("path") {
            configuration.path = path
            if !path.hasPrefix("/") { log.error(root.place("path"), "it begins with a slash") }
        }
        if let prefix = root.text("prefix") {
            if !MetricName.isMetric(prefix) {
                log.error(root.place("prefix"), "\"\(prefix)\" is no name of a metric")
            }
            configuration.prefix = prefix
            configuration.upName = prefix + "_up"
        }
        configuration.seriesLimit =
            root.integer("series_limit", 1...10_000_000) ?? configuration.seriesLimit
        if let format = root.text("format") {
            if !["prometheus", "openmetrics"].contains(format) {
                log.error(root.place("format"), "it is prometheus or openmetrics")
            }
            configuration.prefersOpenMetrics = format == "openmetrics"
        }
        configuration.isCompressed = root.bool("compress") ?? true
        if let tls = root.section("tls") {
            if let certificate = tls.requiredText("certificate"), let key = tls.requiredText("key")
            {
                configuration.identity = .init(certificate: certificate, key: key)
            }
            tls.finish()
        }
        configuration.users = root.users("basic_auth_users")
        configuration.push = root.section("push").flatMap { push($0) }
        let labels = sharedLabels(root)
        var names: Set<String> = []
        for settings in root.settings("sources") {
            guard var source = source(settings) else { continue }
            if !names.insert(source.name).inserted {
                log.error(settings.place, "\"\(source.name)\" is the name of two sources")
            }
            source.rewrite.labels += labels
            configuration.sources.append(source)
        }
        root.finish()
        if configuration.sources.isEmpty, !log.hasErrors {
            log.error(root.place, "there are no sources", "write sources: [{url: http://...}]")
        }
        return configuration
    }

    private func push(_ settings: Settings) -> MetricsConfiguration.Push? {
        guard let text = settings.requiredText("url") else { return nil }
        guard let url = SourceURL(text), ["http", "https"].contains(url.scheme) else {
            log.error(settings.place("url"), "\"\(text)\" is no URL of HTTP")
            return nil
        }
        var push = MetricsConfiguration.Push(url: url)
        if push.url.target.isEmpty { push.url.target = "/v1/metrics" }
        push.every = settings.duration("every") ?? push.every
        push.timeout = settings.duration("timeout") ?? push.timeout
        push.retries = settings.integer("retries", 0...20) ?? push.retries
        push.headers = settings.pairs("headers")
        push.resource = settings.pairs("resource")
        push.isCompressed = settings.bool("compress") ?? true
        push.tls = security(settings)
        settings.finish()
        return push
    }

    // MARK: Labels

    /// `labels`, where a value is a text, `{env: NAME}` or `{file: PATH, key: NAME}`, and `labels_files`.
    private func sharedLabels(_ root: Settings) -> [LabelText.Pair] {
        var labels: [LabelText.Pair] = []
        for (name, tree) in root.entries("labels") {
            guard MetricName.isLabel(name) else {
                log.error(root.place("labels"), "\"\(name)\" is no name of a label")
                continue
            }
            if let scalar = tree.scalar {
                labels.append(.init(name, scalar.text))
                continue
            }
            let settings = Settings(tree, root.path + "labels" + name, root.file, log)
            if let value = value(settings) { labels.append(.init(name, value)) }
            settings.finish()
        }
        for path in root.texts("labels_files") {
            guard let bytes = readFile(path) else {
                log.error(root.place("labels_files"), "\(path) cannot be read")
                continue
            }
            labels += DownwardLabels.parse(bytes)
        }
        return labels
    }

    private func value(_ settings: Settings) -> String? {
        if let name = settings.text("env") {
            guard let value = environment[name] else {
                log.error(settings.place("env"), "the variable \(name) is not set")
                return nil
            }
            return value
        }
        guard let path = settings.requiredText("file") else { return nil }
        guard let bytes = readFile(path) else {
            log.error(settings.place("file"), "\(path) cannot be read")
            return nil
        }
        guard let key = settings.text("key") else {
            return bytes.text(bytes.trimmed(0..<bytes.count)).trimmingSpace()
        }
        let wanted = DownwardLabels.labelName(key)
        guard let found = DownwardLabels.parse(bytes).first(where: { $0.name == wanted }) else {
            log.error(settings.place("key"), "\(path) has no \(key)")
            return nil
        }
        return found.value
    }

    func security(_ settings: Settings) -> TransportSecurity {
        var security = TransportSecurity()
        guard let tls = settings.section("tls") else { return security }
        security.verifies = tls.bool("verify") ?? true
        security.authorities = tls.text("ca")
        security.certificate = tls.text("certificate")
        security.key = tls.text("key")
        security.serverName = tls.text("server_name")
        if (security.certificate == nil) != (security.key == nil) {
            log.error(tls.place, "\"certificate\" and \"key\" belong together")
        }
        tls.finish()
        return security
    }
}

/// The files that the downward API writes for labels and annotations: `key="value"` on each line.
package enum DownwardLabels {
    /// The labels of a file, their names made so; lines that are no pairs are passed over.
    package static func parse(_ bytes: [UInt8]) -> [LabelText.Pair] {
        var found: [LabelText.Pair] = []
        var lines = TextLines(bytes)
        while let line = lines.next() {
            guard let equals = bytes.place(of: UInt8(ascii: "="), in: line),
                equals > line.lowerBound
            else { continue }
            let name = labelName(bytes.text(line.lowerBound..<equals))
            let value = Array(bytes[(equals + 1)..<line.upperBound])
            found.append(.init(name, unquoted(value)))
        }
        return found
    }

    /// `app.kubernetes.io/name` becomes `app_kubernetes_io_name`.
    static func labelName(_ text: String) -> String {
        MetricName.sane(text, splitsWords: false).replacing(":", with: "_")
    }

    private static func unquoted(_ bytes: [UInt8]) -> String {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"")
        else { return String(decoding: bytes, as: UTF8.self) }
        var text: [UInt8] = []
        var isEscape = false
        for byte in bytes[1..<(bytes.count - 1)] {
            if isEscape {
                text.append(byte == UInt8(ascii: "n") ? 0x0A : byte == UInt8(ascii: "t") ? 9 : byte)
                isEscape = false
            } else if byte == UInt8(ascii: "\\") {
                isEscape = true
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
