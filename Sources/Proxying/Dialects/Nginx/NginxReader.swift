import Basics
import Formats

/// Reads nginx's configuration: `http` and `stream` with their servers.
final class NginxReader {
    let log: FindingLog
    let options: ReadingOptions
    /// What finding directives has cost.
    let looks = NginxScope.Looks()
    var clusters = ClusterBook()
    /// The `upstream` blocks of `http`, or of `stream` while that is read.
    var upstreams: [String: NginxDirective] = [:]
    var formats: [String: NginxDirective] = [:]
    var limitZones: [String: NginxDirective] = [:]
    /// The zones of `limit_conn_zone`, and what has a count of its own.
    var countZones: [String: RateLimitSettings.Key] = [:]
    var maps: [String: NginxDirective] = [:]
    /// Warned of once: what nginx has as a default and this proxy has not.
    private var included = 0

    init(log: FindingLog, options: ReadingOptions) {
        self.log = log
        self.options = options
    }

    /// The most files that includes may bring in.
    static let includesMaximum = 1000

    func read(_ bytes: [UInt8], file: String) -> ProxyConfiguration {
        var configuration = ProxyConfiguration()
        var main = parsed(bytes, file: file, depth: 0)
        // What a broken file says further down is not what its writer meant.
        if log.hasErrors { return configuration }
        // A file of `conf.d` is what stands inside of `http`.
        let isPart =
            !main.contains { $0.name == "http" || $0.name == "stream" }
            && main.contains { $0.name == "server" || $0.name == "upstream" }
        if isPart {
            let names: Set = ["events", "worker_processes", "user", "pid", "daemon"]
            let inner = main.filter { !names.contains($0.name) }
            if let first = inner.first {
                main = [
                    NginxDirective(
                        name: "http",
                        arguments: [],
                        block: inner,
                        file: file,
                        position: first.position
                    )
                ]
            }
        }
        check(main, .main)
        for directive in main {
            guard let block = directive.block else { continue }
            switch directive.name {
            case "events": check(block, .events)
            case "http":
                configuration.listeners += http(block, outer: main)
            case "stream":
                configuration.listeners += stream(block, outer: main)
            default: break
            }
        }
        if !main.contains(where: { $0.name == "http" || $0.name == "stream" }) {
            log.error(
                Place(file, nil),
                "there is neither http nor stream, so there is nothing to do"
            )
        } else if configuration.listeners.isEmpty {
            log.error(Place(file, nil), "there is no server, so there is nothing to do")
        }
        configuration.clusters = clusters.all
        return configuration
    }

    // MARK: Files

    private func parsed(_ bytes: [UInt8], file: String, depth: Int) -> [NginxDirective] {
        var parser = NginxParser(bytes, file: file, log: log)
        return expanded(parser.directives(), depth: depth)
    }

    /// The directives with those of included files in their place.
    private func expanded(_ directives: [NginxDirective], depth: Int) -> [NginxDirective] {
        var all: [NginxDirective] = []
        for var directive in directives {
            if directive.name == "include", directive.block == nil {
                all += include(directive, depth: depth)
                continue
            }
            // The body of these is a table, not directives.
            if let block = directive.block, directive.name != "types" {
                directive.block = expanded(block, depth: depth)
            }
            all.append(directive)
        }
        return all
    }

    private func include(_ directive: NginxDirective, depth: Int) -> [NginxDirective] {
        guard let text = directive[0], directive.arguments.count == 1 else {
            log.error(directive.place, "one path is expected")
            return []
        }
        if text.hasSuffix("mime.types") {
            log.warn(directive.place, "it has no effect here: \(NginxWords.files)")
            return []
        }
        let path = resolved(text)
        guard depth < 16 else {
            log.error(directive.place, "files include each other too deeply")
            return []
        }
        var paths = [path]
        if path.contains("*") || path.contains("?") || path.contains("[") {
            paths = matches(path)
            if paths.isEmpty { log.warn(directive.place, "no file fits \(path)") }
        }
        var all: [NginxDirective] = []
        for path in paths {
            included += 1
            guard included <= Self.includesMaximum else {
                log.error(directive.place, "more than \(Self.includesMaximum) files are included")
                return all
            }
            guard let bytes = options.readFile(path) else {
                log.error(directive.place, "\(path) cannot be read")
                continue
            }
            all += parsed(bytes, file: path, depth: depth + 1)
        }
        return all
    }

    /// A path below the directory of the configuration, unless it is absolute.
    func resolved(_ path: String) -> String {
        if path.hasPrefix("/") || options.baseDirectory.isEmpty { return path }
        return options.baseDirectory + "/" + path
    }

    /// The files that fit a pattern whose last part, or whose directories, hold `*`.
    private func matches(_ pattern: String) -> [String] {
        var found = [""]
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for (index, part) in parts.enumerated() {
            var next: [String] = []
            for base in found {
                let prefix = index == 0 ? "" : base + "/"
                if part.contains("*") || part.contains("?") || part.contains("[") {
                    let names = options.listDirectory(prefix.isEmpty ? "." : prefix)
                    next += names.filter { !$0.hasPrefix(".") && Glob.matches($0, part) }
                        .map { prefix + $0 }
                } else {
                    next.append(prefix + part)
                }
            }
            found = next
        }
        return found.sorted()
    }

    // MARK: Checks

    /// Reports directives that are unknown, unsupported, without effect, misplaced or doubled.
    func check(_ directives: [NginxDirective], _ context: NginxWords.Contexts) {
        var seen: Set<String> = []
        for directive in directives {
            guard let treatment = NginxWords.all[directive.name] else {
                log.unknown(
                    Place(directive.file, directive.position),
                    "the directive",
                    directive.name,
                    among: NginxWords.all.keys.sorted()
                )
                continue
            }
            switch treatment {
            case .read(let contexts):
                if !contexts.contains(context) {
                    log.error(
                        directive.place,
                        "it is not allowed in \(context.name)",
                        contexts == .main ? "move it to the top of the file" : ""
                    )
                }
                checkCount(directive)
                if !seen.insert(directive.name).inserted,
                    !NginxWords.repeated.contains(directive.name)
                {
                    log.error(directive.place, "it is there twice", "remove one")
                }
            case .ignored(let reason):
                log.warn(directive.place, "it has no effect here: \(reason)")
            case .only(let value, let remedy):
                if directive[0] != value {
                    let text = directive[0] ?? ""
                    log.unsupported(directive.place, "\"\(text)\" is not supported", remedy)
                }
            case .unsupported(let remedy):
                log.unsupported(directive.place, "it is not supported", remedy)
            }
        }
    }

    private func checkCount(_ directive: NginxDirective) {
        if NginxWords.blocks.contains(directive.name) {
            if directive.block == nil {
                log.error(directive.place, "a block in braces is expected")
            }
            return
        }
        if directive.block != nil, directive.name != "server" {
            log.error(directive.place, "it has no block", "end it with a semicolon")
        }
        if NginxWords.single.contains(directive.name), directive.arguments.count != 1 {
            log.error(
                directive.place,
                "one value is expected, not \(directive.arguments.count)",
                directive.arguments.count > 1 ? "put a semicolon or quotes" : ""
            )
        }
    }

    // MARK: Values

    /// nginx's times: `30s`, `5m`, `1h`, `500ms`, a number of seconds, and sums of them.
    func time(_ directive: NginxDirective?, _ index: Int = 0) -> Duration? {
        guard let directive, let text = directive[index] else { return nil }
        guard let duration = Self.time(text) else {
            log.error(directive.place, "\"\(text)\" is no time", "write 60s or 5m")
            return nil
        }
        return duration
    }

    static func time(_ text: String) -> Duration? {
        if text == "off" { return .zero }
        if let seconds = Int64(text), seconds >= 0 { return .seconds(seconds) }
        let expanded = text.replacing("d", with: "x24h").replacing("w", with: "x168h")
            .replacing("M", with: "x720h").replacing("y", with: "x8760h")
        if expanded.contains("x") {
            let parts = expanded.split(separator: "x")
            guard parts.count == 2, let count = Int64(parts[0]),
                let unit = Duration(text: String(parts[1]))
            else { return nil }
            let (seconds, overflow) = unit.components.seconds.multipliedReportingOverflow(
                by: count
            )
            return overflow ? nil : .seconds(seconds)
        }
        let duration = Duration(text: text)
        return duration.flatMap { $0 >= .zero ? $0 : nil }
    }

    func size(_ directive: NginxDirective?, _ index: Int = 0) -> Int? {
        guard let directive, let text = directive[index] else { return nil }
        guard let size = SizeText.parse(text) else {
            log.error(directive.place, "\"\(text)\" is no size", "write 1m or 8k")
            return nil
        }
        return size
    }

    func number(_ directive: NginxDirective?, _ index: Int = 0) -> Int? {
        guard let directive, let text = directive[index] else { return nil }
        guard let number = Int(text), number >= 0 else {
            log.error(directive.place, "\"\(text)\" is no number")
            return nil
        }
        return number
    }

    /// `on` or `off`; anything else is an error.
    func flag(_ directive: NginxDirective?) -> Bool? {
        guard let directive else { return nil }
        switch directive[0] {
        case "on": return true
        case "off": return false
        default:
            log.error(directive.place, "\"\(directive[0] ?? "")\" is neither on nor off")
            return nil
        }
    }

    /// `allow` and `deny` in their order; all others may come.
    func addressRules(_ directives: [NginxDirective]) -> AddressRules? {
        guard !directives.isEmpty else { return nil }
        var rules: [AddressRules.Rule] = []
        for directive in directives {
            let text = directive[0] ?? ""
            let isAllowed = directive.name == "allow"
            if text == "all" {
                rules.append(.init(range: nil, isAllowed: isAllowed))
            } else if let range = AddressText.range(text) {
                rules.append(.init(range: range, isAllowed: isAllowed))
            } else if text == "unix:" {
                log.warn(directive.place, "it has no effect here: clients come over IP")
            } else {
                log.error(directive.place, "\"\(text)\" is no address or range", "write 10.0.0.0/8")
            }
        }
        return AddressRules(rules: rules, allowsOthers: true)
    }
}

/// Names with `*`, `?` and `[...]`, as shells have them.
enum Glob {
    static func matches(_ name: String, _ pattern: String) -> Bool {
        matches(Array(name.utf8)[...], Array(pattern.utf8)[...])
    }

    private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        switch first {
        case UInt8(ascii: "*"):
            let rest = pattern.dropFirst()
            return (name.startIndex...name.endIndex).contains { matches(name[$0...], rest) }
        case UInt8(ascii: "["):
            guard let end = pattern.firstIndex(of: UInt8(ascii: "]")), let byte = name.first else {
                return false
            }
            var set = pattern[pattern.index(after: pattern.startIndex)..<end]
            let isInverted = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
            if isInverted { set = set.dropFirst() }
            guard holds(set, byte) != isInverted else { return false }
            return matches(name.dropFirst(), pattern[(end + 1)...])
        case UInt8(ascii: "?"):
            return !name.isEmpty && matches(name.dropFirst(), pattern.dropFirst())
        default:
            return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
        }
    }

    private static func holds(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        var index = set.startIndex
        while index < set.endIndex {
            if index + 2 < set.endIndex, set[index + 1] == UInt8(ascii: "-") {
                if (set[index]...max(set[index], set[index + 2])).contains(byte) { return true }
                index += 3
            } else {
                if set[index] == byte { return true }
                index += 1
            }
        }
        return false
    }
}
