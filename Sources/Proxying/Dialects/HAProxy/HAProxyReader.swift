import Basics
import Formats

/// Reads HAProxy's configuration: `global`, `defaults`, `frontend`, `backend`, `listen`, `resolvers`
/// and `userlist`.
final class HAProxyReader {
    let log: FindingLog
    let options: ReadingOptions
    var clusters = ClusterBook()
    /// Frontends, backends and `listen`s by name.
    var backends: [String: HAProxySection] = [:]
    var resolvers: [String: HAProxySection] = [:]
    var userlists: [String: HAProxySection] = [:]
    var global: HAProxySection?
    /// Backends that were made into clusters: what requests to them need.
    var made: [String: Backend] = [:]

    /// A backend as the routes of frontends need it.
    struct Backend {
        var cluster: String?
        var hashPolicies: [HashPolicy] = []
        var hostCount = 0
    }

    init(log: FindingLog, options: ReadingOptions) {
        self.log = log
        self.options = options
    }

    func read(_ bytes: [UInt8], file: String) -> ProxyConfiguration {
        var parser = HAProxyParser(file: file, log: log, environment: options.environment)
        let sections = parser.sections(bytes)
        var configuration = ProxyConfiguration()
        if log.hasErrors { return configuration }
        for section in sections { remember(section) }
        if let global { readGlobal(global, &configuration) }
        for section in sections where section.kind == "defaults" { check(section) }
        for section in sections where section.kind == "backend" || section.kind == "listen" {
            check(section)
            make(section)
        }
        for section in sections where section.kind == "frontend" { check(section) }
        for section in sections where section.kind == "frontend" || section.kind == "listen" {
            if section.lines.contains(where: { $0.name == "disabled" }) {
                log.warn(section.head.place, "\"\(section.name)\" is disabled, so it does nothing")
                continue
            }
            configuration.listeners += listeners(section)
        }
        checkAddresses(configuration.listeners, file)
        if configuration.listeners.isEmpty, !log.hasErrors {
            log.error(
                Place(file, nil),
                "there is no frontend and no listen with a bind, so there is nothing to do"
            )
        }
        configuration.clusters = clusters.all
        return configuration
    }

    private func remember(_ section: HAProxySection) {
        let needsName = ["frontend", "backend", "listen", "resolvers", "userlist"]
        if needsName.contains(section.kind), section.name.isEmpty {
            log.error(section.head.place, "a name is expected", "write \(section.kind) NAME")
        }
        switch section.kind {
        case "global": global = section
        case "resolvers": resolvers[section.name] = section
        case "userlist": userlists[section.name] = section
        case "frontend", "backend", "listen":
            let isFront = section.kind == "frontend"
            if !isFront, backends[section.name] != nil {
                log.error(section.head.place, "\"\(section.name)\" is there twice", "rename one")
            }
            if !isFront { backends[section.name] = section }
        case "defaults": break
        case "peers", "mailers":
            log.warn(section.head.place, "it has no effect here: proxies do not talk to each other")
        case "http-errors":
            log.warn(
                section.head.place,
                "it has no effect here: answers of the proxy have bodies of their own"
            )
        case "cache":
            log.warn(section.head.place, "it has no effect here: answers are not kept")
        default:
            log.unsupported(section.head.place, "the section \"\(section.kind)\" is not supported")
        }
    }

    private func checkAddresses(_ listeners: [ListenerSettings], _ file: String) {
        var seen: Set<HostPort> = []
        for listener in listeners where !seen.insert(listener.address).inserted {
            log.error(
                Place(file, nil),
                "\(listener.address) is listened on twice",
                "remove one bind"
            )
        }
    }

    // MARK: Words

    private func check(_ section: HAProxySection) {
        let misplaced: [String: Set<String>] = [
            "defaults": ["bind", "server", "server-template", "acl", "use_backend"],
            "backend": ["bind", "use_backend", "default_backend", "monitor-uri"],
            "frontend": ["server", "server-template", "balance", "http-check", "tcp-check"],
        ]
        for line in section.lines {
            report(line, HAProxyWords.proxy, kind: "the keyword", word: line.name)
            if misplaced[section.kind]?.contains(line.name) == true {
                if section.kind == "defaults" {
                    log.error(line.place, "it is not allowed in defaults")
                } else {
                    log.warn(line.place, "it has no effect in a \(section.kind)", "move it")
                }
            }
            if line.name == "filter" { checkFilter(line) }
            if line.name == "option" || line.name == "no" && line[1] == "option" {
                let word = (line.name == "no" ? line[2] : line[1]) ?? ""
                report(line, HAProxyWords.options, kind: "the option", word: word)
            }
        }
    }

    /// Filters: those that change no answer but its size.
    private func checkFilter(_ line: HAProxyLine) {
        switch line[1] {
        case "compression", "comp-req", "comp-res":
            log.warn(
                line.place,
                "it has no effect here: answers are sent as the application made them"
            )
        case "cache": log.warn(line.place, "it has no effect here: answers are not kept")
        default: log.unsupported(line.place, "the filter \"\(line[1] ?? "")\" is not supported")
        }
    }

    private func report(
        _ line: HAProxyLine,
        _ words: [String: HAProxyWords.Treatment],
        kind: String,
        word: String
    ) {
        let place = Place(line.file, line.position, kind == "the option" ? "option \(word)" : word)
        switch words[word] {
        case nil where word.hasPrefix("tune."):
            log.warn(place, "it has no effect here: buffers are chosen by the proxy")
        case nil:
            log.unknown(Place(line.file, line.position), kind, word, among: words.keys.sorted())
        case .read: break
        case .ignored(let reason): log.warn(place, "it has no effect here: \(reason)")
        case .unsupported(let remedy): log.unsupported(place, "it is not supported", remedy)
        }
    }

    private func readGlobal(_ section: HAProxySection, _ configuration: inout ProxyConfiguration) {
        for line in section.lines {
            report(line, HAProxyWords.global, kind: "the keyword", word: line.name)
        }
        if let line = section.one("maxconn") {
            configuration.connectionsMaximum = number(line) ?? 0
        }
        if let line = section.one("hard-stop-after"), let time = time(line, 1) {
            configuration.drain = time
        }
    }

    // MARK: Values

    func number(_ line: HAProxyLine, _ index: Int = 1) -> Int? {
        guard let text = line[index], let number = Int(text), number >= 0 else {
            log.error(line.place(of: index), "\"\(line[index] ?? "")\" is no number")
            return nil
        }
        return number
    }

    /// HAProxy's times: a number of milliseconds, or with a unit.
    func time(_ line: HAProxyLine, _ index: Int) -> Duration? {
        guard let text = line[index], let time = Self.time(text) else {
            log.error(
                line.place(of: index),
                "\"\(line[index] ?? "")\" is no time",
                "write 5s; a number alone is milliseconds"
            )
            return nil
        }
        return time
    }

    static func time(_ text: String, unit standard: Duration = .milliseconds(1)) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= Int64(Int32.max) else { return nil }
        switch text.dropFirst(digits.count) {
        case "": return standard * Int(number)
        case "us": return .microseconds(number)
        case "ms": return .milliseconds(number)
        case "s": return .seconds(number)
        case "m": return .seconds(number * 60)
        case "h": return .seconds(number * 3600)
        case "d": return .seconds(number * 86400)
        default: return nil
        }
    }

    /// A timeout of a section; `nil` is for ever.
    func timeout(_ section: HAProxySection, _ name: String) -> Duration? {
        guard let line = section.one("timeout", name), let time = time(line, 2) else { return nil }
        return time == .zero ? nil : time
    }

    static let timeouts: Set<String> = [
        "connect", "client", "server", "check", "queue", "http-request", "http-keep-alive",
        "tunnel",
        "client-fin", "server-fin", "tarpit", "client-hs",
    ]

    /// Reports timeouts that are unknown, missing or without effect.
    func checkTimeouts(_ section: HAProxySection) {
        for line in section.lines where line.name == "timeout" {
            let name = line[1] ?? ""
            if !Self.timeouts.contains(name) {
                log.unknown(line.place, "the timeout", name, among: Self.timeouts.sorted())
            } else if ["client-fin", "server-fin", "tarpit"].contains(name) {
                log.warn(line.place, "\"\(name)\" has no effect here: other timeouts hold then")
            }
        }
    }

    func resolved(_ path: String, base: String) -> String {
        if path.hasPrefix("/") { return path }
        if let directory = global?.one(base)?[1] { return directory + "/" + path }
        return options.baseDirectory.isEmpty ? path : options.baseDirectory + "/" + path
    }
}
