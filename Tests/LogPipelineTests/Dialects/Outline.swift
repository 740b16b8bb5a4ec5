import Basics
import Formats
import LogPipeline
import Records

/// What a configuration has become, as lines of text: only what differs from what a thing is without more words.
enum Outline {
    static func lines(_ configuration: LogConfiguration) -> [String] {
        var lines: [String] = []
        let service = fields(configuration.service, ServiceSettings())
        if !service.isEmpty { lines.append("service " + service) }
        for source in configuration.sources {
            lines.append("source \(source.id) tag=\(source.tag) \(kind(source.kind))")
        }
        for transform in configuration.transforms {
            lines.append(
                "transform \(transform.id) \(inlet(transform.inlet)) \(kind(transform.kind))"
            )
        }
        for sink in configuration.sinks {
            var line = "sink \(sink.id) \(inlet(sink.inlet)) \(kind(sink.kind))"
            for (name, text) in [
                ("batch", fields(sink.batch, BatchSettings())),
                ("retry", sink.retry.map { fields($0, configuration.service.retry) } ?? ""),
                ("buffer", fields(sink.buffer, BufferSettings())),
            ] where !text.isEmpty {
                line += " \(name){\(text)}"
            }
            lines.append(line)
        }
        for (name, rule) in configuration.parsers.sorted(by: { $0.key < $1.key }) {
            lines.append("parser \(name) " + fields(rule, ParserRule(.json)))
        }
        for (name, rule) in configuration.multilines.sorted(by: { $0.key < $1.key }) {
            lines.append("multiline \(name) " + fields(rule, MultilineRule(.builtIn(""))))
        }
        lines += configuration.tests.map { "test " + show($0) }
        return lines
    }

    private static func inlet(_ inlet: Inlet) -> String {
        var text = "<" + inlet.from.joined(separator: ",")
        if let patterns = inlet.match.patterns { text += " ~" + show(patterns) }
        if !inlet.match.excluded.isEmpty { text += " !" + show(inlet.match.excluded) }
        return text + ">"
    }

    private static func kind(_ value: Any) -> String { show(value) }

    /// The fields of a value that another one of its type has not.
    private static func fields(_ value: Any, _ standard: Any) -> String {
        let standards = Dictionary(
            Mirror(reflecting: standard).children.map { ($0.label ?? "", show($0.value)) },
            uniquingKeysWith: { first, _ in first }
        )
        return Mirror(reflecting: value).children.compactMap { child in
            let text = show(child.value)
            guard standards[child.label ?? ""] != text else { return nil }
            return "\(child.label ?? "")=\(text)"
        }
        .joined(separator: " ")
    }

    /// What a value of this type is without more words.
    private static func standard(of value: Any) -> Any? {
        switch value {
        case is TailSettings: TailSettings(paths: [])
        case is LineSettings: LineSettings()
        case is SyslogSourceSettings: SyslogSourceSettings(mode: .tcp(host: "", port: 0))
        case is SocketSourceSettings: SocketSourceSettings(mode: .tcp(host: "", port: 0))
        case is HTTPSourceSettings: HTTPSourceSettings(port: 0)
        case is ForwardSourceSettings: ForwardSourceSettings()
        case is SampleSettings: SampleSettings(records: [])
        case is CommandSettings: CommandSettings(words: [])
        case is ParserTransform: ParserTransform(key: "", parsers: [])
        case is GrepTransform: GrepTransform(rules: [])
        case is ModifyTransform: ModifyTransform(rules: [])
        case is RecordModifierTransform: RecordModifierTransform()
        case is NestTransform: NestTransform(lifts: false)
        case is MultilineTransform: MultilineTransform(rules: [], key: nil)
        case is ThrottleTransform: ThrottleTransform()
        case is PodTransform: PodTransform()
        case is RecordTransformerTransform: RecordTransformerTransform()
        case is RequestSettings: RequestSettings(endpoints: [])
        case is ClientTLS: ClientTLS()
        case is Encoding: Encoding(.json)
        case is ElasticsearchSettings:
            ElasticsearchSettings(request: RequestSettings(endpoints: []), index: "")
        case is LokiSettings: LokiSettings(request: RequestSettings(endpoints: []))
        case is HTTPSinkSettings: HTTPSinkSettings(request: RequestSettings(endpoints: []))
        case is S3Settings: S3Settings(bucket: "", region: "", keyFormat: "")
        case is ForwardSinkSettings: ForwardSinkSettings(endpoints: [])
        case is SyslogSinkSettings: SyslogSinkSettings(target: .udp(host: "", port: 0))
        case is SocketSinkSettings: SocketSinkSettings(target: .udp(host: "", port: 0))
        case is FileSinkSettings: FileSinkSettings(path: "")
        case is RetrySettings: RetrySettings()
        case is ParserRule: ParserRule(.json)
        case is MultilineRule: MultilineRule(.builtIn(""))
        default: nil
        }
    }

    private static func show(_ value: Any) -> String {
        switch value {
        case let text as String:
            let isPlain = !text.isEmpty && !text.contains { " ,[](){}\n\t\"".contains($0) }
            return isPlain ? text : text.debugDescription
        case let duration as Duration:
            let milliseconds = duration / .milliseconds(1)
            return milliseconds.truncatingRemainder(dividingBy: 1000) == 0
                ? "\(Int(milliseconds / 1000))s" : "\(milliseconds)ms"
        case let endpoint as EndpointSettings:
            let tls = endpoint.tls.map { "+tls(\(fields($0, ClientTLS())))" } ?? ""
            return "\(endpoint.host):\(endpoint.port)\(endpoint.path)\(tls)"
        case let entry as Fields.Entry: return "\(entry.key)=\(show(entry.value))"
        case let fields as Fields:
            return "{" + fields.entries.map(show).joined(separator: ", ") + "}"
        case let value as Value:
            if case .bytes(let bytes) = value { return show(bytes.text) }
            return "\(value)"
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { show($0.value) } ?? "nil"
        case .collection, .set:
            return "[" + mirror.children.map { show($0.value) }.joined(separator: ", ") + "]"
        case .dictionary:
            let pairs = mirror.children.map { child in
                let pair = Array(Mirror(reflecting: child.value).children)
                return "\(show(pair[0].value)): \(show(pair[1].value))"
            }
            return "[" + pairs.sorted().joined(separator: ", ") + "]"
        case .tuple:
            return mirror.children.map { child in
                let label = child.label.flatMap { $0.hasPrefix(".") ? nil : $0 + ": " } ?? ""
                return label + show(child.value)
            }
            .joined(separator: ", ")
        case .enum:
            guard let child = mirror.children.first else { return "\(value)" }
            return "\(child.label ?? "")(\(show(child.value)))"
        case .struct:
            let text =
                standard(of: value).map { fields(value, $0) }
                ?? mirror.children.map { "\($0.label ?? "")=\(show($0.value))" }
                .joined(separator: " ")
            return text
        default: return "\(value)"
        }
    }
}
