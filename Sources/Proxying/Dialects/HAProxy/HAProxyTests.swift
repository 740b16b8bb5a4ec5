import Formats

/// Fetches with flags and values: `path_beg -i /api /v1`, `hdr(host) -m end .example.com`.
struct HAProxyTests {
    let reader: HAProxyReader
    let bind: HAProxyReader.Bind

    init(_ reader: HAProxyReader, _ bind: HAProxyReader.Bind) {
        self.reader = reader
        self.bind = bind
    }

    private var log: FindingLog { reader.log }

    /// How values are compared.
    private enum Way: String {
        case str, beg, end, sub, reg, dir, dom, found
    }

    /// A fetch taken apart.
    private struct Fetch {
        var name: String
        var argument: String
        var way: Way
        var ignoresCase: Bool
        var values: [String]
    }

    func test(_ words: [String], _ place: Place) -> HAProxyConditions.Test? {
        guard let fetch = parse(words, place) else { return nil }
        switch fetch.name {
        case "always_true": return .constant(true)
        case "always_false": return .constant(false)
        case "ssl_fc": return .constant(bind.tls != nil)
        case "dst_port", "fc_dst_port":
            return .constant(fetch.values.contains("\(bind.address.port)"))
        case "src":
            let ranges = fetch.values.compactMap { text -> AddressRange? in
                guard let range = AddressText.range(text) else {
                    log.error(place, "\"\(text)\" is no address or range", "write 10.0.0.0/8")
                    return nil
                }
                return range
            }
            return .sources(ranges)
        case "method":
            return .methods(fetch.values.map { $0.uppercased() })
        case "req.ssl_sni", "req_ssl_sni", "ssl_fc_sni": return serverNames(fetch, place)
        case "req.ssl_hello_type", "req_ssl_hello_type", "req.ssl_ver", "req_ssl_ver":
            return .tlsHello
        case "ssl_c_used", "ssl_c_verify", "ssl_c_s_dn", "ssl_c_i_dn", "ssl_fc_protocol",
            "ssl_fc_cipher":
            return certificate(fetch, place)
        case "http_auth": return .login(fetch.argument)
        case "path", "pathq", "url", "base": return path(fetch, place)
        case "sc_http_req_rate", "sc0_http_req_rate", "sc1_http_req_rate", "sc2_http_req_rate":
            return rate(fetch, place)
        case "query": return path(fetch, place)
        case "hdr", "req.hdr", "req.fhdr", "cook", "req.cook", "urlp", "url_param":
            return field(fetch, place)
        default:
            let known = [
                "path", "path_beg", "path_end", "path_reg", "path_sub", "hdr", "src", "method",
                "ssl_fc", "req.ssl_sni", "url_param", "dst_port", "http_auth",
            ]
            log.unknown(place, "the fetch", words.first ?? "", among: known)
            return nil
        }
    }

    /// `sc_http_req_rate(0) gt 100`.
    private func rate(_ fetch: Fetch, _ place: Place) -> HAProxyConditions.Test? {
        let short = fetch.name.dropFirst(2).prefix { $0.isNumber }
        let counter = Int(short) ?? Int(fetch.argument.prefix { $0 != "," }) ?? 0
        guard fetch.values.count == 2, ["gt", "ge"].contains(fetch.values[0]),
            let number = Int(fetch.values[1]), number > 0
        else {
            log.unsupported(place, "only \"gt NUMBER\" is supported here")
            return nil
        }
        return .rate(counter: counter, most: fetch.values[0] == "gt" ? number : number - 1)
    }

    // MARK: Words

    private func parse(_ words: [String], _ place: Place) -> Fetch? {
        guard var name = words.first else {
            log.error(place, "a condition is expected")
            return nil
        }
        var ignoresCase = false
        let parts = Self.split(name)
        name = parts[0]
        for converter in parts.dropFirst() {
            switch converter {
            case "lower", "lower()": ignoresCase = true
            case "host_only", "field(1,:)", "strip_port": break
            default: log.unsupported(place, "the converter \"\(converter)\" is not supported")
            }
        }
        var argument = ""
        if let open = name.firstIndex(of: "("), name.hasSuffix(")") {
            argument = String(name[name.index(after: open)...].dropLast())
            name = String(name[..<open])
        }
        var way = Way.str
        for suffix in ["beg", "end", "sub", "reg", "dir", "dom", "str"]
        where name.hasSuffix("_" + suffix) {
            way = Way(rawValue: suffix) ?? .str
            name = String(name.dropLast(suffix.utf8.count + 1))
        }
        var values: [String] = []
        var index = 1
        var isOver = false
        while index < words.count {
            let word = words[index]
            if !isOver, word.hasPrefix("-"), word.utf8.count > 1 {
                switch word {
                case "-i": ignoresCase = true
                case "-n", "-u", "-M": break
                case "--": isOver = true
                case "-m":
                    index += 1
                    let text = index < words.count ? words[index] : ""
                    guard let known = Way(rawValue: text) else {
                        if ["ip", "int", "bool", "bin", "len"].contains(text) {
                            break
                        }
                        log.unknown(
                            place,
                            "the way of matching",
                            text,
                            among: ["str", "beg", "end", "sub", "reg", "dir", "dom", "found"]
                        )
                        return nil
                    }
                    way = known
                case "-f":
                    index += 1
                    values += file(index < words.count ? words[index] : "", place)
                default: log.unsupported(place, "the flag \"\(word)\" is not supported")
                }
            } else {
                values.append(word)
            }
            index += 1
        }
        return Fetch(
            name: name,
            argument: argument,
            way: way,
            ignoresCase: ignoresCase,
            values: values
        )
    }

    /// A fetch and its converters; commas inside of parentheses are arguments.
    static func split(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    private func file(_ path: String, _ place: Place) -> [String] {
        guard let bytes = reader.options.readFile(path) else {
            log.error(place, "\(path) cannot be read")
            return []
        }
        return String(decoding: bytes, as: UTF8.self)
            .split(whereSeparator: \.isNewline)
            .map { String($0.prefix { $0 != "#" }.filter { $0 != " " && $0 != "\t" }) }
            .filter { !$0.isEmpty }
    }

    // MARK: Patterns

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if "\\^$.|?*+()[]{}".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }

    /// A test of what the TLS of the client's connection tells.
    private func certificate(_ fetch: Fetch, _ place: Place) -> HAProxyConditions.Test? {
        let text = fetch.argument.isEmpty ? fetch.name : "\(fetch.name)(\(fetch.argument))"
        guard let command = HAProxyText.fetches[text], SecurityFact(command: command) != nil else {
            log.unsupported(place, "\"\(text)\" is not supported")
            return nil
        }
        guard checked(fetch, place) else { return nil }
        var fetch = fetch
        if fetch.name == "ssl_c_used", fetch.values.isEmpty { fetch.values = ["1"] }
        let isPresence = fetch.way == .found || fetch.values.isEmpty
        let test = isPresence ? HeaderMatch.Test.present : .text(.regex(pattern(fetch)))
        return .header(
            HeaderMatch(name: command, test: test, treatsMissingAsEmpty: !isPresence)
        )
    }

    /// A regular expression for the whole of a text that is not a path.
    private func pattern(_ fetch: Fetch) -> String {
        let values = fetch.values.map(Self.escaped).joined(separator: "|")
        let body =
            switch fetch.way {
            case .str, .found: "(?:\(values))"
            case .beg: "(?:\(values)).*"
            case .end: ".*(?:\(values))"
            case .sub: ".*(?:\(values)).*"
            case .dir: "(?:.*/)?(?:\(values))(?:/.*)?"
            case .dom: "(?:.*\\.)?(?:\(values))(?:[.:].*)?"
            case .reg:
                fetch.values.map { "(?:" + NginxRoutes.whole($0) + ")" }.joined(separator: "|")
            }
        return (fetch.ignoresCase ? "(?i)" : "") + body
    }

    private func checked(_ fetch: Fetch, _ place: Place) -> Bool {
        guard fetch.way == .reg else { return true }
        for value in fetch.values where (try? Pattern(value)) == nil {
            log.error(place, "\"\(value)\" is no regular expression")
            return false
        }
        return true
    }

    private func text(_ fetch: Fetch) -> TextMatch? {
        if fetch.way == .found || fetch.values.isEmpty { return nil }
        guard let only = fetch.values.first, fetch.values.count == 1 else {
            return .regex(pattern(fetch))
        }
        switch fetch.way {
        case .str: return .exact(only, ignoresCase: fetch.ignoresCase)
        case .beg: return .prefix(only, ignoresCase: fetch.ignoresCase)
        case .end: return .suffix(only, ignoresCase: fetch.ignoresCase)
        case .sub: return .contains(only, ignoresCase: fetch.ignoresCase)
        default: return .regex(pattern(fetch))
        }
    }

    private func field(_ fetch: Fetch, _ place: Place) -> HAProxyConditions.Test? {
        guard checked(fetch, place), !fetch.argument.isEmpty else {
            if fetch.argument.isEmpty { log.error(place, "a name in parentheses is expected") }
            return nil
        }
        let name = String(fetch.argument.split(separator: ",")[0]).lowercased()
        if fetch.name.hasPrefix("url") {
            return .query(QueryMatch(name: fetch.argument, test: text(fetch)))
        }
        if fetch.name.hasSuffix("cook") {
            let value = fetch.values.isEmpty ? "[^;]*" : "(?:" + pattern(fetch) + ")"
            let whole = "(?:.*;\\s*)?\(Self.escaped(fetch.argument))=\(value)(?:;.*)?"
            return .header(HeaderMatch(name: "cookie", test: .text(.regex(whole))))
        }
        let header = name == "host" ? ":authority" : name
        let test = text(fetch)
        return .header(HeaderMatch(name: header, test: test.map { .text($0) } ?? .present))
    }

    private func serverNames(_ fetch: Fetch, _ place: Place) -> HAProxyConditions.Test? {
        switch fetch.way {
        case .str: return .serverNames(fetch.values.map { $0.lowercased() })
        case .end:
            let names = fetch.values.map { value in
                value.hasPrefix(".") ? "*" + value.lowercased() : "*." + value.lowercased()
            }
            return .serverNames(names)
        case .found: return .tlsHello
        default:
            log.unsupported(place, "names of TLS hellos are compared as a whole or by their end")
            return nil
        }
    }

    /// A test of the path, and the same as a test of `:path`, which the query follows.
    private func path(_ fetch: Fetch, _ place: Place) -> HAProxyConditions.Test? {
        guard checked(fetch, place) else { return nil }
        guard fetch.name == "path" else {
            guard fetch.name == "url" || fetch.name == "pathq" else {
                log.unsupported(place, "\"\(fetch.name)\" is not supported", "use path")
                return nil
            }
            return .header(HeaderMatch(name: ":path", test: .text(text(fetch) ?? .prefix("/"))))
        }
        guard !fetch.values.isEmpty else {
            log.error(place, "a path is expected")
            return nil
        }
        let flags = fetch.ignoresCase ? "(?i)" : ""
        let values = fetch.values.map(Self.escaped).joined(separator: "|")
        let tail = "(?:\\?.*)?"
        let body =
            switch fetch.way {
            case .str, .found, .dom: "(?:\(values))"
            case .beg: "(?:\(values))[^?]*"
            case .end: "[^?]*(?:\(values))"
            case .sub: "[^?]*(?:\(values))[^?]*"
            case .dir: "[^?]*/(?:\(values))(?:/[^?]*)?"
            case .reg:
                "(?:"
                    + fetch.values.map { NginxRoutes.whole($0, query: true) }
                    .joined(separator: "|") + ")"
            }
        let header = HeaderMatch(
            name: ":path",
            test: .text(.regex(flags + body + (fetch.way == .reg ? "" : tail)))
        )
        if fetch.values.count == 1, let only = fetch.values.first, !fetch.ignoresCase {
            switch fetch.way {
            case .str: return .path(.exact(only), header)
            case .beg: return .path(only == "/" ? .any : .prefix(only), header)
            case .reg: return .path(.regex(only, anywhere: true), header)
            default: break
            }
        }
        return .path(.regex(flags + body), header)
    }
}
