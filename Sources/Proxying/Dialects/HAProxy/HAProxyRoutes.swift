import Formats

/// A frontend in mode http, as routes: its rules in their order, then its backends.
final class HAProxyRoutes {
    /// A change of requests that a rule makes, where its condition holds.
    struct Change {
        /// The condition's alternatives; one empty match always holds.
        var matches: [HAProxyConditions.Match]
        var headers = HeaderChanges()
        var path: ForwardAction.PathRewrite?
        var host: ForwardAction.HostRewrite?

        var isAlways: Bool { matches.contains { $0.route == RouteMatch() } }
    }

    /// The most routes that conditional changes may make of one.
    static let variantsMaximum = 64

    let reader: HAProxyReader
    let section: HAProxySection
    let bind: HAProxyReader.Bind
    let conditions: HAProxyConditions
    var changes: [Change] = []
    var filters: [HTTPFilter] = []
    var first: [Route] = []
    var addresses = AddressRules(rules: [], allowsOthers: true)
    /// What `set-var` gave names to.
    var variables: [String: String] = [:]
    /// What `track-sc0` and the like count.
    var counters: [Int: Counter] = [:]

    /// A counter of requests in a stick table.
    struct Counter {
        var key: RateLimitSettings.Key
        /// Over which time; `nil` counts something else.
        var period: Duration?
        var table: HAProxyLine
    }

    init(_ reader: HAProxyReader, _ section: HAProxySection, _ bind: HAProxyReader.Bind) {
        self.reader = reader
        self.section = section
        self.bind = bind
        conditions = HAProxyConditions(reader, section, bind)
    }

    var log: FindingLog { reader.log }

    func settings() -> HTTPSettings {
        var settings = HTTPSettings(statPrefix: section.name, routes: RouteTable(hosts: []))
        settings.serverName = nil
        settings.codec = bind.codec
        settings.forwarding = ForwardingSettings(
            setsForwardedProto: false,
            usesRemoteAddress: true,
            setsRequestID: false,
            writesEnvoyHeaders: false
        )
        settings.upgrades = ["websocket"]
        settings.headBytesMaximum = 15 * 1024
        settings.streamIdleTimeout = reader.timeout(section, "client")
        settings.requestHeadersTimeout =
            reader.timeout(section, "http-request") ?? settings.requestHeadersTimeout
        settings.idleTimeout =
            reader.timeout(section, "http-keep-alive") ?? reader.timeout(section, "http-request")
            ?? reader.timeout(section, "client")
        if section.option("httpclose") != nil { settings.requestsMaximum = 1 }
        settings.accessLogs = reader.accessLogs(section)
        if let rules = conditions.addressRules() { filters.append(.addresses(rules)) }
        if let uri = section.one("monitor-uri")?[1] { filters.append(.health(path: uri)) }
        statistics()
        rules(section, conditions)
        var routes = first + routing()
        if !addresses.rules.isEmpty || !addresses.allowsOthers {
            filters.append(.addresses(addresses))
        }
        let asked = routes.compactMap(\.filters.basic).first
        if let asked, !filters.contains(where: { if case .basic = $0 { true } else { false } }) {
            filters.append(.basic(asked))
            for index in routes.indices where routes[index].filters.basic == nil {
                routes[index].filters.skipsAuthentication = true
            }
        }
        settings.filters = filters
        settings.failures = .haproxy
        settings.namesClientsTarget = true
        settings.localReplies = errors()
        settings.routes.hosts = [
            VirtualHost(name: section.name, domains: ["*"], routes: routes)
        ]
        return settings
    }

    /// The page of statistics: here what Prometheus reads.
    private func statistics() {
        let lines = section.all("stats").filter { $0[1] != "socket" }
        guard let line = lines.first(where: { $0[1] == "uri" || $0[1] == "enable" }) else { return }
        let path = lines.last { $0[1] == "uri" }?[2] ?? "/haproxy?stats"
        log.warn(line.place, "statistics are shown as Prometheus reads them, at \(path)")
        let bare = String(path.prefix { $0 != "?" })
        var route = Route(
            name: "stats",
            match: RouteMatch(path: bare == "/" ? .any : .prefix(bare)),
            action: .metrics
        )
        let users = lines.filter { $0[1] == "auth" }.compactMap { $0[2] }
        if !users.isEmpty {
            let texts = users.compactMap { user -> String? in
                guard let colon = user.firstIndex(of: ":") else { return nil }
                return user[..<colon] + ":{PLAIN}" + user[user.index(after: colon)...]
            }
            route.filters.basic = BasicSettings(
                realm: lines.last { $0[1] == "realm" }?[2] ?? "HAProxy Statistics",
                users: [.inline(texts.joined(separator: "\n"))]
            )
        }
        first.append(route)
    }

    // MARK: Rules

    func rules(_ section: HAProxySection, _ conditions: HAProxyConditions) {
        let names = ["http-request", "redirect", "http-response"]
        for line in section.defaults + section.lines where names.contains(line.name) {
            switch line.name {
            case "redirect": rule(line, ["redirect"] + line.rest(1), conditions)
            case "http-response": response(line, conditions)
            default: rule(line, line.rest(1), conditions)
            }
        }
        forwardedFor(section)
    }

    private func rule(_ line: HAProxyLine, _ all: [String], _ conditions: HAProxyConditions) {
        let words = Array(all.prefix { $0 != "if" && $0 != "unless" })
        guard let verb = words.first else {
            log.error(line.place, "a rule is expected")
            return
        }
        if remember(verb, words, line) { return }
        guard let alternatives = conditions.alternatives(line, from: 1) else { return }
        let isCounted = alternatives.contains { literals in
            literals.contains { if case .rate = $0.test { true } else { false } }
        }
        if isCounted {
            limit(verb, words, alternatives, line)
            return
        }
        if verb == "auth" {
            login(line, words, alternatives)
            return
        }
        if verb == "deny", HAProxyConditions.isAboutAddresses(alternatives) {
            conditions.add(alternatives, allows: false, line, &addresses)
            return
        }
        if Self.terminals.contains(verb) {
            guard let action = terminal(verb, words, line) else { return }
            guard let matches = conditions.matches(line, from: 1) else { return }
            first += matches.map { Route(match: $0.route, action: action) }
            return
        }
        guard var change = change(verb, words, line) else { return }
        guard let matches = conditions.matches(line, from: 1) else { return }
        guard !matches.isEmpty else { return }
        change.matches = matches
        changes.append(change)
    }

    private static let terminals: Set<String> = [
        "deny", "tarpit", "return", "silent-drop", "reject", "use-service", "redirect",
    ]

    private func terminal(_ verb: String, _ words: [String], _ line: HAProxyLine) -> RouteAction? {
        func value(_ key: String) -> String? {
            words.firstIndex(of: key).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
        }
        if let text = value("lf-string"), text.contains("%") {
            log.unsupported(
                line.place,
                "values in an answer's body are not supported: \(text)",
                "write string and a fixed text"
            )
        }
        switch verb {
        case "deny", "tarpit":
            let text = value("deny_status") ?? value("status") ?? (verb == "tarpit" ? "500" : "403")
            guard let status = Int(text), (200...599).contains(status) else {
                log.error(line.place, "\"\(text)\" is no status")
                return nil
            }
            let body = value("string") ?? value("lf-string") ?? ""
            return .respond(
                status: status,
                body: body,
                contentType: value("content-type") ?? "text/plain"
            )
        case "return":
            let status = value("status").flatMap { Int($0) } ?? 200
            if value("file") != nil || value("lf-file") != nil || value("errorfile") != nil {
                log.unsupported(
                    line.place,
                    "bodies from files are not supported",
                    "write string \"...\""
                )
            }
            return .respond(
                status: status,
                body: value("string") ?? value("lf-string") ?? "",
                contentType: value("content-type") ?? "text/plain"
            )
        case "silent-drop", "reject": return .close
        case "use-service":
            if words.dropFirst().first == "prometheus-exporter" { return .metrics }
            log.unsupported(
                line.place,
                "the service \(words.dropFirst().first ?? "") is not supported"
            )
            return .close
        case "redirect": return redirect(words, line).map(RouteAction.redirect)
        default: return nil
        }
    }

    private func redirect(_ words: [String], _ line: HAProxyLine) -> RedirectAction? {
        var action = RedirectAction(status: 302)
        var index = 1
        while index < words.count {
            let value = index + 1 < words.count ? words[index + 1] : ""
            switch words[index] {
            case "scheme": action.scheme = value
            case "location":
                action.location = HAProxyText(log: log, place: line.place).commands(value)
            case "prefix":
                let text = HAProxyText(log: log, place: line.place).commands(value)
                action.location = text + "%REQ(:PATH)%"
            case "code":
                guard let code = Int(value), [301, 302, 303, 307, 308].contains(code) else {
                    log.error(
                        line.place,
                        "\"\(value)\" is no status of a redirect",
                        "write code 301"
                    )
                    return nil
                }
                action.status = code
            case "drop-query":
                action.stripsQuery = true
                index -= 1
            case "append-slash", "ignore-empty":
                log.unsupported(line.place, "\"\(words[index])\" is not supported")
                index -= 1
            case "set-cookie", "clear-cookie":
                log.unsupported(line.place, "cookies of redirects are not supported")
            default:
                log.unknown(
                    line.place,
                    "the word",
                    words[index],
                    among: ["scheme", "location", "prefix", "code", "drop-query"]
                )
                return nil
            }
            index += 2
        }
        // `https://` or `https` are both written.
        if let scheme = action.scheme, scheme.hasSuffix("://") {
            action.scheme = String(scheme.dropLast(3))
        }
        return action
    }

    private func login(
        _ line: HAProxyLine,
        _ words: [String],
        _ alternatives: [[HAProxyConditions.Literal]]
    ) {
        guard alternatives.count == 1, alternatives[0].count == 1,
            case .login(let name) = alternatives[0][0].test, alternatives[0][0].isNegated
        else {
            log.unsupported(
                line.place,
                "only a condition of http_auth alone is supported",
                "write http-request auth unless { http_auth(LIST) }"
            )
            return
        }
        guard let list = reader.userlists[name] else {
            log.error(line.place, "there is no userlist \"\(name)\"")
            return
        }
        var users: [String] = []
        for user in list.own("user") {
            guard let name = user[1] else { continue }
            if let hash = user.value(after: "password") {
                users.append("\(name):\(hash)")
            } else if let text = user.value(after: "insecure-password") {
                users.append("\(name):{PLAIN}\(text)")
            }
        }
        let realm = words.firstIndex(of: "realm").flatMap { words.dropFirst($0 + 1).first }
        let basic = BasicSettings(
            realm: realm ?? name,
            users: [.inline(users.joined(separator: "\n"))]
        )
        if isInBackend { login = basic } else { filters.append(.basic(basic)) }
    }

    // MARK: Changes

    private func change(_ verb: String, _ words: [String], _ line: HAProxyLine) -> Change? {
        var change = Change(matches: [])
        let name = words.count > 1 ? words[1] : ""
        let value = words.count > 2 ? words[2...].joined(separator: " ") : ""
        let text = self.text(line.place(of: 3))
        switch verb {
        case "set-header", "add-header":
            guard EnvoyReader.isFieldName(name), words.count > 2 else {
                log.error(line.place, "the name of a header field and a value are expected")
                return nil
            }
            if name.lowercased() == "host", verb == "set-header" {
                if value.contains("%") {
                    log.unsupported(line.place, "a host by variables is not supported: \(value)")
                    return nil
                }
                change.host = .literal(value)
                return change
            }
            change.headers.requestAdditions = [
                HeaderAddition(
                    name: name,
                    value: text.commands(value),
                    mode: verb == "set-header" ? .overwrite : .append
                )
            ]
        case "replace-header", "replace-value":
            guard let addition = rewriting(words, line) else { return nil }
            change.headers.requestAdditions = [addition]
        case "del-header": change.headers.requestRemovals = [name.lowercased()]
        case "set-path", "replace-path", "set-uri", "replace-uri":
            guard let path = path(verb, words, line) else { return nil }
            change.path = path
        case "capture", "set-log-level", "set-nice", "set-tos", "set-mark", "wait-for-body",
            "normalize-uri", "set-priority-class", "set-priority-offset", "disable-l7-retry":
            log.warn(line.place, "\"\(verb)\" has no effect here")
            return nil
        default:
            let known = [
                "deny", "redirect", "return", "auth", "set-header", "add-header", "del-header",
                "replace-header", "replace-value", "set-path", "replace-path", "use-service",
                "silent-drop", "reject", "tarpit",
            ]
            log.unknown(line.place(of: 1), "the rule", verb, among: known)
            return nil
        }
        return change
    }

    private func path(
        _ verb: String,
        _ words: [String],
        _ line: HAProxyLine
    ) -> ForwardAction.PathRewrite? {
        func substitution(_ text: String) -> String { text }
        if verb.hasPrefix("replace"), words.count >= 3 {
            guard (try? Pattern(words[1])) != nil else {
                log.error(line.place, "\"\(words[1])\" is no regular expression")
                return nil
            }
            // Where it is found, the replacement stands for the whole path and not only for that part.
            return .regex(pattern: "^(?s:.*?)(?:\(words[1]))(?s:.*)$", substitution: words[2])
        }
        guard words.count >= 2, verb == "set-path" else {
            log.unsupported(line.place, "\"\(verb)\" is not supported", "use replace-path")
            return nil
        }
        let text = words[1]
        // `%[path,regsub(^/api/,/)]`
        if text.hasPrefix("%[path,regsub("), text.hasSuffix(")]") {
            let inner = text.dropFirst(14).dropLast(2)
            let parts = inner.split(separator: ",", omittingEmptySubsequences: false).map(
                String.init
            )
            if parts.count >= 2, (try? Pattern(parts[0])) != nil {
                return .regex(pattern: parts[0], substitution: parts[1])
            }
        }
        if text.hasPrefix("%[path]"), !text.dropFirst(7).contains("%") {
            return .regex(pattern: "^.*$", substitution: "\\0" + text.dropFirst(7))
        }
        if text.hasSuffix("%[path]"), !text.dropLast(7).contains("%") {
            return .regex(pattern: "^", substitution: String(text.dropLast(7)))
        }
        if !text.contains("%") { return .whole(text) }
        log.unsupported(line.place, "this path is not supported: \(text)", "use replace-path")
        return nil
    }

    var responses = HeaderChanges()
    /// Whether the rules of a backend are read, and the passwords that it asks for.
    var isInBackend = false
    var login: BasicSettings?

    private func response(_ line: HAProxyLine, _ conditions: HAProxyConditions) {
        let words = Array(line.rest(1).prefix { $0 != "if" && $0 != "unless" })
        guard let matches = conditions.matches(line, from: 1) else { return }
        guard let match = matches.first else { return }
        if match.route != RouteMatch() {
            log.unsupported(line.place, "conditions of answers are not supported")
            return
        }
        let name = words.count > 1 ? words[1] : ""
        let value = words.count > 2 ? words[2...].joined(separator: " ") : ""
        switch words.first {
        case "set-header", "add-header":
            responses.responseAdditions.append(
                HeaderAddition(
                    name: name,
                    value: text(line.place(of: 3)).commands(value),
                    mode: words[0] == "set-header" ? .overwrite : .append
                )
            )
        case "replace-header", "replace-value":
            if let addition = rewriting(words, line) {
                responses.responseAdditions.append(addition)
            }
        case "del-header": responses.responseRemovals.append(name.lowercased())
        case "capture", "set-log-level": log.warn(line.place, "it has no effect here")
        default:
            log.unknown(
                line.place(of: 1),
                "the rule",
                words.first ?? "",
                among: [
                    "set-header", "add-header", "del-header", "replace-header", "replace-value",
                ]
            )
        }
    }

    private func forwardedFor(_ section: HAProxySection) {
        if let option = section.option("forwarded") {
            if option.rest(2).contains(where: { !["proto", "for"].contains($0) }) {
                log.warn(option.place, "the field is written as \"proto=...;for=...\"")
            }
            let addition = HeaderAddition(
                name: "forwarded",
                value: "proto=%SCHEME%;for=%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
            )
            let headers = HeaderChanges(requestAdditions: [addition])
            changes.append(Change(matches: [HAProxyConditions.Match()], headers: headers))
        }
        guard let option = section.option("forwardfor") else { return }
        if option.texts.contains("except") {
            log.warn(option.place, "\"except\" has no effect here: the address is always added")
        }
        let addition = HeaderAddition(
            name: option.value(after: "header") ?? "X-Forwarded-For",
            value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
            mode: option.texts.contains("if-none") ? .addIfAbsent : .append
        )
        let isThere = changes.contains { $0.headers.requestAdditions == [addition] }
        if isThere { return }
        changes.append(
            Change(
                matches: [HAProxyConditions.Match()],
                headers: HeaderChanges(requestAdditions: [addition])
            )
        )
    }
}
