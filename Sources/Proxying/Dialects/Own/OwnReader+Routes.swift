import Basics
import Formats

/// Routes of our own language.
extension OwnReader {
    /// A site, or the routes of a listener that has only one.
    func host(_ fields: Fields, _ name: String, isSite: Bool) -> VirtualHost {
        var host = VirtualHost(name: fields.text("name") ?? name, domains: [], routes: [])
        host.domains = textOrTexts(fields, "hosts").map { $0.lowercased() }
        if host.domains.isEmpty { host.domains = ["*"] }
        host.requiresTLS = fields.bool("require_tls") ?? false
        host.headers = changes(fields)
        let standard = fields.value("retry").map(retry) ?? Self.standardRetry
        host.retry = standard
        let timeout = fields.value("timeout").map(limit) ?? .seconds(60)
        if isSite { host.filters = overrides(fields) }
        if fields.has("routes") {
            let nodes = fields.list("routes")
            if nodes.isEmpty { log.error(fields.place("routes"), "the list is empty") }
            host.routes = nodes.compactMap { $0.fields() }.compactMap { body in
                defer { body.finish() }
                return route(body, timeout)
            }
            checkReach(host.routes, nodes)
        } else if let action = action(fields, nil, timeout) {
            host.routes = [Route(action: action)]
        }
        return host
    }

    static let standardRetry = RetrySettings(
        conditions: [.connectFailure, .refusedStream, .resetBeforeRequest, .anyMethod],
        retriesMaximum: 2,
        avoidsPreviousHosts: true
    )

    /// Warns of routes that can never be taken, because one before takes everything.
    private func checkReach(_ routes: [Route], _ nodes: [Node]) {
        guard routes.count == nodes.count else { return }
        guard let all = routes.firstIndex(where: { $0.match == RouteMatch() }) else { return }
        for node in nodes[(all + 1)...] {
            node.warn(
                "this route is never taken: route \(all) takes every request",
                "move it before"
            )
        }
    }

    private func route(_ fields: Fields, _ timeout: Duration?) -> Route? {
        let match = self.match(fields)
        guard let action = action(fields, match.path, timeout) else { return nil }
        return Route(
            name: fields.text("name") ?? "",
            match: match,
            action: action,
            headers: changes(fields),
            filters: overrides(fields)
        )
    }

    private func match(_ fields: Fields) -> RouteMatch {
        var match = RouteMatch()
        switch fields.oneOf(["path", "exact", "prefix", "regex"]) {
        case "path":
            let path = fields.text("path") ?? "/"
            if path == "/" || path == "*" { break }
            let bare = path.hasSuffix("/*") ? String(path.dropLast(2)) : path
            if path.hasSuffix("/"), !path.hasSuffix("/*") {
                match.path = .prefix(path)
            } else {
                match.path = bare.isEmpty ? .any : .separatedPrefix(bare)
            }
            if bare.contains("*") {
                log.error(fields.place("path"), "\"*\" is only for the end", "write regex")
            }
        case "exact": match.path = .exact(fields.text("exact") ?? "/")
        case "prefix": match.path = .prefix(fields.text("prefix") ?? "/")
        case "regex":
            if let node = fields.value("regex"), let text = node.text(), checked(text, node) {
                match.path = .regex(text)
            }
        default: break
        }
        for key in ["path", "exact", "prefix"] {
            if let text = fields.text(key), !text.hasPrefix("/"), text != "*" {
                log.error(fields.place(key), "\"\(text)\" must begin with a slash")
            }
        }
        match.isCaseSensitive = !(fields.bool("ignore_case") ?? false)
        match.methods = textOrTexts(fields, "methods").map { $0.uppercased() }
        match.isGRPC = fields.bool("grpc") ?? false
        match.sources = ranges(fields, "from")
        if let percent = fields.number("percent") { match.fraction = Int(percent * 10_000) }
        for (name, node) in fields.fields("headers")?.entries() ?? [] {
            var test = HeaderMatch(name: name.lowercased(), test: .present)
            if node.tree.scalar?.bool == true && node.tree.scalar?.isPlain == true {
                test.test = .present
            } else if node.tree.scalar?.bool == false && node.tree.scalar?.isPlain == true {
                test.isInverted = true
            } else if let text = textMatch(node) {
                test.test = .text(text)
            }
            match.headers.append(test)
        }
        for (name, node) in fields.fields("query")?.entries() ?? [] {
            let isPresence = node.tree.scalar?.bool == true && node.tree.scalar?.isPlain == true
            match.query.append(QueryMatch(name: name, test: isPresence ? nil : textMatch(node)))
        }
        return match
    }

    /// What is done with requests: exactly one of the keys.
    private func action(_ fields: Fields, _ path: PathMatch?, _ timeout: Duration?) -> RouteAction?
    {
        let kinds = ["to", "split", "redirect", "respond", "close", "status", "metrics_page"]
        switch fields.oneOf(kinds, isRequired: true) {
        case "to":
            guard let node = fields.value("to"), let name = cluster(node) else { return nil }
            balance(fields, name)
            return .forward(forward(fields, [WeightedCluster(name: name)], timeout))
        case "split":
            let shares = (fields.fields("split")?.entries() ?? [])
                .compactMap { key, node -> WeightedCluster? in
                    let tree = PositionedTree(.string(key), at: node.tree.position)
                    guard let name = cluster(node.at(tree, node.path)),
                        let weight = node.integer()
                    else { return nil }
                    return WeightedCluster(name: name, weight: weight)
                }
            if shares.allSatisfy({ $0.weight == 0 }) {
                log.error(fields.place("split"), "the shares are 0 together")
                return nil
            }
            return .forward(forward(fields, shares, timeout))
        case "redirect": return fields.value("redirect").flatMap(redirect)
        case "respond": return fields.value("respond").flatMap(respond)
        case "close": return fields.bool("close") == true ? .close : nil
        case "status": return fields.bool("status") == true ? .stubStatus : nil
        case "metrics_page": return fields.bool("metrics_page") == true ? .metrics : nil
        default: return nil
        }
    }

    private func forward(
        _ fields: Fields,
        _ shares: [WeightedCluster],
        _ timeout: Duration?
    ) -> ForwardAction {
        var action = ForwardAction(target: .clusters(shares))
        action.timeout = fields.value("timeout").map(limit) ?? timeout
        action.idleTimeout = fields.value("stream_idle_timeout").flatMap(limit)
        if let node = fields.value("retry") { action.retry = retry(node) }
        switch fields.text("host") {
        case nil:
            // A server behind TLS answers for its own name.
            if shares.allSatisfy({ $0.name.hasPrefix("https://") }) {
                action.hostRewrite = .upstream
            }
        case "keep": break
        case "upstream": action.hostRewrite = .upstream
        case let name?: action.hostRewrite = .literal(name)
        }
        if let node = fields.value("rewrite") { action.pathRewrite = rewrite(node) }
        action.hashPolicies = fields.list("hash").compactMap(hash)
        if let node = fields.value("mirror") {
            let nodes = node.tree.sequence != nil ? node.elements() : [node]
            action.mirrors = nodes.compactMap { cluster($0).map { MirrorSettings(cluster: $0) } }
        }
        action.isHighPriority = fields.bool("high_priority") ?? false
        if let most = size(fields, "retry_buffer") { action.bufferMaximum = most }
        return action
    }

    /// A text in the place of the matched part, or a map that says more.
    private func rewrite(_ node: Node) -> ForwardAction.PathRewrite {
        if node.tree.scalar != nil { return node.text().map { .prefix($0) } ?? .keep }
        guard let fields = node.fields() else { return .keep }
        defer { fields.finish() }
        switch fields.oneOf(["prefix", "path", "regex"], isRequired: true) {
        case "prefix": return .prefix(fields.text("prefix") ?? "/")
        case "path": return .whole(fields.text("path") ?? "/")
        case "regex":
            let with = fields.text("with") ?? ""
            guard let pattern = fields.value("regex"), let text = pattern.text(),
                checked(text, pattern)
            else { return .keep }
            return .regex(pattern: text, substitution: with)
        default: return .keep
        }
    }

    private func hash(_ node: Node) -> HashPolicy? {
        guard let text = node.text() else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first ?? "", parts.count == 2 ? parts[1] : nil) {
        case ("address", nil), ("ip", nil): return .sourceAddress()
        case ("header", let name?): return .header(name.lowercased())
        case ("query", let name?): return .query(name)
        case ("cookie", let name?): return .cookie(name: name, lifetime: .zero, path: "/")
        default:
            node.error(
                "\"\(text)\" is nothing to hash",
                "write address, header:NAME, cookie:NAME or query:NAME"
            )
            return nil
        }
    }

    private func redirect(_ node: Node) -> RouteAction? {
        if node.tree.scalar != nil {
            guard let text = node.text() else { return nil }
            if text == "https" { return .redirect(RedirectAction(scheme: "https")) }
            return .redirect(RedirectAction(location: text, status: 302))
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var action = RedirectAction()
        action.scheme = fields.text("scheme")
        action.host = fields.text("host")
        action.port = fields.integer("port", 1...65535).map(UInt16.init)
        if let path = fields.text("path") { action.path = .whole(path) }
        if let prefix = fields.text("prefix") { action.path = .prefix(prefix) }
        action.stripsQuery = fields.bool("strip_query") ?? false
        action.location = fields.text("to")
        action.status = fields.integer("status", 300...399) ?? 301
        return .redirect(action)
    }

    private func respond(_ node: Node) -> RouteAction? {
        if let status = node.tree.scalar?.value.int {
            guard (200...599).contains(status) else {
                node.error("\(status) is no status of an answer", "write 200 to 599")
                return nil
            }
            return .respond(status: status, body: "")
        }
        if node.tree.scalar != nil {
            return node.text().map { .respond(status: 200, body: $0) }
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        return .respond(
            status: fields.integer("status", 200...599) ?? 200,
            body: fields.text("body") ?? "",
            contentType: fields.text("type") ?? "text/plain"
        )
    }

    // MARK: Retries

    func retry(_ node: Node) -> RetrySettings {
        var settings = Self.standardRetry
        if let scalar = node.tree.scalar {
            if scalar.bool == false {
                settings.retriesMaximum = 0
            } else if let times = node.integer(0...100) {
                settings.retriesMaximum = times
                settings.conditions.insert(.gatewayErrors)
                settings.conditions.insert(.reset)
            }
            return settings
        }
        guard let fields = node.fields() else { return settings }
        defer { fields.finish() }
        settings.retriesMaximum = fields.integer("times", 0...100) ?? 2
        if fields.has("on") {
            settings.conditions = [.anyMethod]
            for node in fields.value("on")?.tree.sequence != nil
                ? fields.list("on") : [fields.value("on")].compactMap({ $0 })
            {
                if let status = node.tree.scalar?.value.int, (100...599).contains(status) {
                    settings.conditions.insert(.statuses)
                    settings.statuses.append(status)
                    continue
                }
                guard let word = node.text() else { continue }
                if let condition = EnvoyReader.conditions[word] {
                    settings.conditions.insert(condition)
                } else if word == "timeout" {
                    settings.conditions.insert(.timeout)
                } else {
                    log.unknown(
                        node.place,
                        "the condition",
                        word,
                        among: EnvoyReader.conditions.keys.sorted() + ["timeout"]
                    )
                }
            }
        }
        if fields.bool("idempotent_only") == true { settings.conditions.remove(.anyMethod) }
        settings.perTryTimeout = fields.value("try_timeout").flatMap(limit)
        if let base = fields.duration("backoff") {
            settings.backoffBase = base
            settings.backoffMaximum = fields.duration("backoff_maximum") ?? base * 10
        }
        return settings
    }

    // MARK: Header fields

    func additions(
        _ fields: Fields,
        _ key: String,
        _ mode: HeaderAddition.Mode
    ) -> [HeaderAddition] {
        (fields.fields(key)?.entries() ?? []).compactMap { name, node in
            guard let value = node.text() else { return nil }
            guard EnvoyReader.isFieldName(name) else {
                node.error("\"\(name)\" is no name of a header field")
                return nil
            }
            log.checkCommands(value, node.place)
            return HeaderAddition(name: name, value: value, mode: mode)
        }
    }

    func changes(_ fields: Fields) -> HeaderChanges {
        var changes = HeaderChanges()
        func read(_ key: String) -> ([HeaderAddition], [String]) {
            guard let body = fields.fields(key) else { return ([], []) }
            defer { body.finish() }
            return (
                additions(body, "set", .overwrite) + additions(body, "add", .append)
                    + additions(body, "default", .addIfAbsent),
                textOrTexts(body, "remove").map { $0.lowercased() }
            )
        }
        (changes.requestAdditions, changes.requestRemovals) = read("request_headers")
        (changes.responseAdditions, changes.responseRemovals) = read("response_headers")
        return changes
    }
}
