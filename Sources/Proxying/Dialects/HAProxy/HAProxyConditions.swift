import Formats

/// Conditions: `if a !b or { path_beg /x }`, with the `acl`s of a section.
final class HAProxyConditions {
    /// One thing that is asked.
    enum Test {
        case constant(Bool)
        case path(PathMatch, HeaderMatch)
        case header(HeaderMatch)
        case methods([String])
        case query(QueryMatch)
        case sources([AddressRange])
        case serverNames([String])
        case tlsHello
        case login(String)
        /// More requests than a number, counted by `track-sc0` and the like.
        case rate(counter: Int, most: Int)
    }

    struct Literal {
        var test: Test
        var isNegated: Bool
    }

    /// Literals that hold together.
    struct Match {
        var route = RouteMatch()
        var serverNames: [String] = []
        var isTLS: Bool?
    }

    /// The most alternatives of one condition.
    static let alternativesMaximum = 64

    let reader: HAProxyReader
    let section: HAProxySection
    let bind: HAProxyReader.Bind
    private var acls: [String: [HAProxyLine]] = [:]

    init(_ reader: HAProxyReader, _ section: HAProxySection, _ bind: HAProxyReader.Bind) {
        self.reader = reader
        self.section = section
        self.bind = bind
        for line in section.all("acl") {
            if let name = line[1] { acls[name, default: []].append(line) }
        }
        // Read once, so that mistakes in those that nobody uses are found too.
        for line in section.own("acl") {
            guard line[2] != nil else {
                log.error(
                    line.place,
                    "a name and a condition are expected",
                    "write acl NAME path_beg /x"
                )
                continue
            }
            _ = HAProxyTests(reader, bind).test(line.rest(2), line.place(of: 2))
        }
    }

    var log: FindingLog { reader.log }

    // MARK: Words

    /// The alternatives of a condition behind `if` or `unless`; one without literals if there is none.
    ///
    /// `nil` and a finding if it cannot be understood.
    func alternatives(_ line: HAProxyLine, from start: Int) -> [[Literal]]? {
        guard
            let index = line.words.indices.dropFirst(start).first(where: {
                line[$0] == "if" || line[$0] == "unless"
            })
        else { return [[]] }
        let isNegated = line[index] == "unless"
        var all: [[Literal]] = []
        var current: [[Literal]] = [[]]
        var place = index + 1
        guard place < line.words.count else {
            log.error(line.place(of: index), "a condition is expected")
            return nil
        }
        while var word = line[place] {
            if word == "or" || word == "||" {
                all += current
                current = [[]]
                place += 1
                continue
            }
            var negates = false
            while word.hasPrefix("!") {
                negates.toggle()
                word.removeFirst()
            }
            if word.isEmpty {
                place += 1
                word = line[place] ?? ""
            }
            var tests: [Literal]?
            if word == "{" {
                guard
                    let end = line.words.indices.dropFirst(place).first(where: { line[$0] == "}" })
                else {
                    log.error(line.place(of: place), "\"{\" is not closed", "put a blank and \"}\"")
                    return nil
                }
                let inner = Array(line.texts[(place + 1)..<end])
                tests = HAProxyTests(reader, bind).test(inner, line.place(of: place + 1))
                    .map { [Literal(test: $0, isNegated: false)] }
                place = end + 1
            } else {
                tests = named(word, line.place(of: place))
                place += 1
            }
            guard let tests else { return nil }
            // Lines of one name are alternatives; negated they hold together.
            if negates {
                let negated = tests.map { Literal(test: $0.test, isNegated: true) }
                current = current.map { $0 + negated }
            } else {
                current = current.flatMap { base in tests.map { base + [$0] } }
            }
            guard current.count <= Self.alternativesMaximum else {
                log.unsupported(line.place, "the condition has too many alternatives")
                return nil
            }
        }
        all += current
        return isNegated ? negated(all, line) : all
    }

    /// The negation: one literal of each alternative fails.
    private func negated(_ all: [[Literal]], _ line: HAProxyLine) -> [[Literal]]? {
        var result: [[Literal]] = [[]]
        for alternative in all {
            result = result.flatMap { base in
                alternative.map { base + [Literal(test: $0.test, isNegated: !$0.isNegated)] }
            }
            guard result.count <= Self.alternativesMaximum else {
                log.unsupported(line.place, "the condition has too many alternatives")
                return nil
            }
        }
        return result
    }

    private func named(_ name: String, _ place: Place) -> [Literal]? {
        if let lines = acls[name] {
            let tests = lines.compactMap {
                HAProxyTests(reader, bind).test($0.rest(2), $0.place(of: 2))
            }
            return tests.isEmpty ? nil : tests.map { Literal(test: $0, isNegated: false) }
        }
        let known: [String: Test] = [
            "TRUE": .constant(true), "FALSE": .constant(false), "HTTP": .constant(true),
            "WAIT_END": .constant(true), "METH_GET": .methods(["GET", "HEAD"]),
            "METH_HEAD": .methods(["HEAD"]), "METH_POST": .methods(["POST"]),
            "METH_PUT": .methods(["PUT"]), "METH_DELETE": .methods(["DELETE"]),
            "METH_OPTIONS": .methods(["OPTIONS"]), "METH_TRACE": .methods(["TRACE"]),
            "METH_CONNECT": .methods(["CONNECT"]),
            "LOCALHOST": .sources([AddressRange(address: [127, 0, 0, 0], prefixLength: 8)]),
        ]
        if let test = known[name] { return [Literal(test: test, isNegated: false)] }
        log.unknown(place, "the acl", name, among: acls.keys.sorted() + known.keys.sorted())
        return nil
    }

    // MARK: Matches

    /// The matches of a condition; empty if it never holds, `nil` if it cannot be said.
    func matches(_ line: HAProxyLine, from start: Int) -> [Match]? {
        guard let all = alternatives(line, from: start) else { return nil }
        var matches: [Match] = []
        for alternative in all {
            switch match(alternative, line) {
            case .some(let match?): matches.append(match)
            case .some(nil): continue
            case nil: return nil
            }
        }
        return matches
    }

    /// `nil` if it cannot be said, `.some(nil)` if it never holds.
    private func match(_ literals: [Literal], _ line: HAProxyLine) -> Match?? {
        var match = Match()
        for literal in literals {
            switch literal.test {
            case .constant(let holds):
                if holds == literal.isNegated { return .some(nil) }
            case .path(let path, let header):
                if !literal.isNegated, match.route.path == .any {
                    match.route.path = path
                } else {
                    match.route.headers.append(inverted(header, literal.isNegated))
                }
            case .header(let header):
                match.route.headers.append(inverted(header, literal.isNegated))
            case .methods(let methods):
                if literal.isNegated {
                    let pattern = methods.joined(separator: "|")
                    let test = HeaderMatch(name: ":method", test: .text(.regex(pattern)))
                    match.route.headers.append(inverted(test, true))
                } else if match.route.methods.isEmpty {
                    match.route.methods = methods
                } else {
                    match.route.methods = match.route.methods.filter(methods.contains)
                    if match.route.methods.isEmpty { return .some(nil) }
                }
            case .query(let query):
                guard !literal.isNegated else { return refuse("this parameter of the query", line) }
                match.route.query.append(query)
            case .sources(let ranges):
                guard !literal.isNegated, match.route.sources.isEmpty else {
                    return refuse("addresses", line)
                }
                match.route.sources = ranges
            case .serverNames(let names):
                guard !literal.isNegated, match.serverNames.isEmpty else {
                    return refuse("names of TLS hellos", line)
                }
                match.serverNames = names
                match.isTLS = true
            case .tlsHello: match.isTLS = !literal.isNegated
            case .login:
                log.unsupported(line.place, "http_auth is only supported in http-request auth")
                return nil
            case .rate:
                log.unsupported(line.place, "a rate is only supported in http-request deny")
                return nil
            }
        }
        return .some(match)
    }

    private func refuse(_ what: String, _ line: HAProxyLine) -> Match?? {
        log.unsupported(line.place, "a negated condition about \(what) is not supported here")
        return nil
    }

    private func inverted(_ header: HeaderMatch, _ isNegated: Bool) -> HeaderMatch {
        var header = header
        if isNegated { header.isInverted.toggle() }
        return header
    }

    // MARK: Relays

    /// The chain's match in mode tcp; `nil` and a finding if a test needs HTTP.
    func chainMatch(_ match: Match, _ line: HAProxyLine) -> ChainMatch? {
        var plain = match.route
        plain.sources = []
        guard plain == RouteMatch() else {
            log.error(line.place, "the condition needs mode http")
            return nil
        }
        return ChainMatch(
            serverNames: match.serverNames,
            isTLS: match.isTLS,
            sources: match.route.sources
        )
    }

    /// What `tcp-request connection` and `content` say about addresses.
    func addressRules() -> AddressRules? {
        var rules = AddressRules(rules: [], allowsOthers: true)
        for line in section.all("tcp-request") {
            guard let kind = line[1], kind != "inspect-delay" else { continue }
            guard ["connection", "content", "session"].contains(kind), let verb = line[2],
                verb == "accept" || verb == "reject"
            else {
                log.unsupported(
                    line.place,
                    "\"\(line.rest(1).prefix(2).joined(separator: " "))\" is not supported"
                )
                continue
            }
            if !rules.allowsOthers {
                log.warn(line.place, "it is never reached")
                continue
            }
            guard let all = alternatives(line, from: 3) else { continue }
            add(all, allows: verb == "accept", line, &rules)
        }
        return rules.rules.isEmpty && rules.allowsOthers ? nil : rules
    }

    /// Adds a rule whose condition is about addresses only.
    func add(_ all: [[Literal]], allows: Bool, _ line: HAProxyLine, _ rules: inout AddressRules) {
        for alternative in all {
            guard let literal = alternative.first else {
                if !allows { rules.allowsOthers = false }
                continue
            }
            switch literal.test {
            case .sources(let ranges) where alternative.count == 1:
                if literal.isNegated, !allows {
                    rules.rules += ranges.map { .init(range: $0, isAllowed: true) }
                    rules.allowsOthers = false
                } else if !literal.isNegated {
                    rules.rules += ranges.map { .init(range: $0, isAllowed: allows) }
                } else {
                    log.unsupported(line.place, "accept with a negated condition is not supported")
                }
            case .constant(let holds):
                if holds != literal.isNegated, !allows { rules.allowsOthers = false }
            case .tlsHello where allows: break
            default:
                log.unsupported(line.place, "only conditions about src are supported here")
            }
        }
    }

    /// Whether a condition is about addresses only.
    static func isAboutAddresses(_ all: [[Literal]]) -> Bool {
        all.allSatisfy { alternative in
            alternative.count == 1
                && alternative.allSatisfy { if case .sources = $0.test { true } else { false } }
        }
    }
}
