import Formats

/// From frontends to backends.
extension HAProxyRoutes {
    // MARK: Routing

    func routing() -> [Route] {
        var routes: [Route] = []
        for line in section.own("use_backend") {
            guard let name = line[1], let matches = conditions.matches(line, from: 2) else {
                continue
            }
            for match in matches {
                if name.hasPrefix("%[") {
                    routes += mapped(name, match.route, line)
                } else {
                    routes += forward(match.route, name, line)
                }
            }
        }
        let line = section.one("default_backend")
        let name = line?[1] ?? (section.kind == "listen" ? section.name : nil)
        if let name {
            routes += forward(RouteMatch(), name, line ?? section.head)
        } else if routes.isEmpty, first.isEmpty {
            log.error(
                section.head.place,
                "\"\(section.name)\" leads nowhere",
                "add default_backend NAME"
            )
        }
        // HAProxy answers what no backend takes with 503, and not with 404.
        routes.append(Route(action: .respond(status: 503, body: "")))
        return routes
    }

    /// Backends by a file of names: `%[req.hdr(host),lower,map(FILE,default)]`.
    private func mapped(_ text: String, _ match: RouteMatch, _ line: HAProxyLine) -> [Route] {
        let inner = String(text.dropFirst(2).dropLast())
        var fetch = ""
        var map: (kind: String, file: String, standard: String?)?
        for part in HAProxyTests.split(inner) {
            if fetch.isEmpty {
                fetch = part
            } else if part.hasPrefix("map"), let open = part.firstIndex(of: "(") {
                let values = part[part.index(after: open)...].dropLast()
                    .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                map = (String(part[..<open]), values[0], values.dropFirst().last)
            } else if !["lower", "host_only", "field(1,:)", "word(1,:)"].contains(part) {
                log.unsupported(line.place, "the converter \"\(part)\" is not supported")
                return []
            }
        }
        let isHost = ["req.hdr(host)", "hdr(host)"].contains(fetch.lowercased())
        let isKnown = map.map { ["map", "map_str", "map_beg"].contains($0.kind) } ?? isHost
        guard isHost || fetch == "path", isKnown else {
            log.unsupported(line.place, "names by variables are not supported: \(text)")
            return []
        }
        func test(_ key: String) -> RouteMatch? {
            var own = RouteMatch()
            let begins = map?.kind == "map_beg"
            if isHost {
                let text: TextMatch =
                    begins ? .prefix(key, ignoresCase: true) : .exact(key, ignoresCase: true)
                own.headers = [HeaderMatch(name: ":authority", test: .text(text))]
            } else {
                own.path = begins ? .prefix(key) : .exact(key)
            }
            return Self.both(match, own)
        }
        guard let map else {
            return reader.backends.keys.sorted().flatMap { name in
                test(name).map { forward($0, name, line) } ?? []
            }
        }
        guard let bytes = reader.options.readFile(map.file) else {
            log.error(line.place, "\(map.file) cannot be read")
            return []
        }
        var routes: [Route] = []
        for entry in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = entry.split(whereSeparator: \.isWhitespace)
            guard words.count == 2, !entry.hasPrefix("#"), let own = test(String(words[0])) else {
                continue
            }
            routes += forward(own, String(words[1]), line)
        }
        if let standard = map.standard { routes += forward(match, standard, line) }
        return routes
    }

    private func forward(_ match: RouteMatch, _ name: String, _ line: HAProxyLine) -> [Route] {
        guard let (target, backend) = reader.backend(name, line) else { return [] }
        let saved = (changes, first, responses)
        defer {
            (changes, first, responses) = saved
            isInBackend = false
            login = nil
        }
        var before: [Route] = []
        if target.name != section.name || target.kind == "backend" {
            // The rules of the backend hold for what reaches it.
            first = []
            isInBackend = true
            rules(target, HAProxyConditions(reader, target, bind))
            before = first.compactMap { route in
                Self.both(match, route.match).map { match in
                    var route = route
                    route.match = match
                    return route
                }
            }
        }
        guard let cluster = backend.cluster else {
            if before.isEmpty, saved.1.isEmpty {
                log.warn(target.head.place, "\"\(name)\" has no server, so it answers with 503")
            }
            return before + [Route(match: match, action: .respond(status: 503, body: ""))]
        }
        var action = ForwardAction(target: .clusters([WeightedCluster(name: cluster)]))
        action.hashPolicies = backend.hashPolicies
        action.timeout = nil
        action.idleTimeout = reader.timeout(target, "server")
        action.idleIsFailure = action.idleTimeout != nil
        action.retry = retries(target)
        var routes = variants(match, action)
        for index in routes.indices { routes[index].filters.basic = login }
        return before + routes
    }

    /// The routes of one match: conditional changes split it, first where they hold.
    private func variants(_ match: RouteMatch, _ action: ForwardAction) -> [Route] {
        var all: [(match: RouteMatch, action: ForwardAction, headers: HeaderChanges)] = [
            (match, action, responses)
        ]
        for change in changes {
            func apply(
                _ entry: inout (match: RouteMatch, action: ForwardAction, headers: HeaderChanges)
            ) {
                entry.headers = entry.headers + change.headers
                if let path = change.path {
                    entry.action.pathRewrite = entry.action.pathRewrite.followed(by: path)
                }
                if let host = change.host { entry.action.hostRewrite = host }
            }
            if change.isAlways {
                for index in all.indices { apply(&all[index]) }
                continue
            }
            all = all.flatMap { entry in
                var split = change.matches.compactMap { match in
                    Self.both(entry.match, match.route).map { both in
                        var changed = entry
                        changed.match = both
                        apply(&changed)
                        return changed
                    }
                }
                split.append(entry)
                return split
            }
            guard all.count <= Self.variantsMaximum else {
                log.unsupported(section.head.place, "too many rules have conditions")
                break
            }
        }
        return all.map { Route(match: $0.match, action: .forward($0.action), headers: $0.headers) }
    }

    /// What both matches take; `nil` if nothing.
    static func both(_ left: RouteMatch, _ right: RouteMatch) -> RouteMatch? {
        var match = left
        if left.path == .any {
            match.path = right.path
        } else if right.path != .any, right.path != left.path {
            let pattern: String
            switch right.path {
            case .exact(let path): pattern = "\\Q\(path)\\E(?:\\?.*)?"
            case .prefix(let path): pattern = "\\Q\(path)\\E.*"
            case .separatedPrefix(let path): pattern = "\\Q\(path)\\E(?:[/?].*)?"
            case .regex(let text, let anywhere, let ignoresCase):
                let whole = anywhere ? NginxRoutes.whole(text, query: true) : text + "(?:\\?.*)?"
                pattern = (ignoresCase ? "(?i)" : "") + whole
            case .any: pattern = ".*"
            }
            match.headers.append(HeaderMatch(name: ":path", test: .text(.regex(pattern))))
        }
        if !left.methods.isEmpty, !right.methods.isEmpty {
            match.methods = left.methods.filter(right.methods.contains)
            if match.methods.isEmpty { return nil }
        } else {
            match.methods += right.methods
        }
        match.headers += right.headers
        match.query += right.query
        if left.sources.isEmpty { match.sources = right.sources }
        return match
    }

    private func retries(_ section: HAProxySection) -> RetrySettings {
        var settings = RetrySettings(
            conditions: [.connectFailure, .refusedStream],
            retriesMaximum: section.one("retries").flatMap { reader.number($0) } ?? 3,
            avoidsPreviousHosts: section.option("redispatch") != nil
        )
        guard let line = section.one("retry-on") else { return settings }
        settings.conditions = [.anyMethod]
        for word in line.rest(1) {
            switch word {
            case "conn-failure": settings.conditions.formUnion([.connectFailure, .refusedStream])
            case "empty-response", "junk-response": settings.conditions.insert(.reset)
            case "response-timeout": settings.conditions.insert(.timeout)
            case "0rtt-rejected": break
            case "all-retryable-errors":
                settings.conditions.formUnion([.connectFailure, .reset, .timeout, .gatewayErrors])
            case "none": return RetrySettings(conditions: [], retriesMaximum: 0)
            default:
                guard let status = Int(word), (400...599).contains(status) else {
                    log.unknown(
                        line.place,
                        "the condition",
                        word,
                        among: ["conn-failure", "empty-response", "response-timeout", "503"]
                    )
                    continue
                }
                settings.conditions.insert(.statuses)
                settings.statuses.append(status)
            }
        }
        return settings
    }
}
