import Formats

/// Error pages, and what else makes a location answer for another.
extension NginxRoutes {
    /// The pages that hold for a scope.
    func pages(_ scope: NginxScope) -> [ErrorPage] {
        scope.all("error_page").compactMap(page)
    }

    private func page(_ directive: NginxDirective) -> ErrorPage? {
        var words = directive.texts
        guard words.count >= 2, let target = words.popLast() else {
            log.error(directive.place, "statuses and a path are expected")
            return nil
        }
        var page = ErrorPage(statuses: [], routes: [])
        for word in words {
            if word == "=" {
                page.status = .ofPage
            } else if word.hasPrefix("="), let status = Int(word.dropFirst()) {
                page.status = .fixed(status)
            } else if let status = Int(word), (300...599).contains(status) {
                page.statuses.append(status)
            } else {
                log.error(directive.place, "\"\(word)\" is no status of 300 to 599")
                return nil
            }
        }
        if target.hasPrefix("@") {
            guard let location = named[target] else {
                log.error(
                    directive.place,
                    "there is no location \"\(target)\"",
                    "add location \(target) { ... }"
                )
                return nil
            }
            page.routes = pageRoutes(location)
            return page.routes.isEmpty ? nil : page
        }
        let schemes = ["http://", "https://", "$scheme://"]
        if schemes.contains(where: { target.hasPrefix($0) }) {
            var status = 302
            if case .fixed(let fixed) = page.status, (301...308).contains(fixed) { status = fixed }
            page.status = .ofPage
            let location = commands(target, directive)
            page.routes = [
                Route(action: .redirect(RedirectAction(location: location, status: status)))
            ]
            return page
        }
        guard let path = variables.constant(target), path.hasPrefix("/") else {
            log.warn(
                directive.place,
                "it has no effect here: pages by variables are not supported: \(target)"
            )
            return nil
        }
        page.path = path
        guard let location = location(for: path) else { return withoutFile(directive) }
        page.routes = pageRoutes(location)
        return page.routes.isEmpty ? withoutFile(directive) : page
    }

    private func withoutFile(_ directive: NginxDirective) -> ErrorPage? {
        log.warn(
            directive.place,
            "it has no effect here: the page is a file, and \(NginxWords.files)",
            "lead it to a location with return or proxy_pass"
        )
        return nil
    }

    /// The routes of a location that answers in the place of another; these have no pages.
    func pageRoutes(_ location: Location) -> [Route] {
        let key = location.text
        if let known = knownPages[key] { return known }
        // A page that leads to itself ends here.
        knownPages[key] = []
        isPage = true
        let saved = variables
        defer {
            isPage = false
            variables = saved
        }
        if location.kind == .named { variables = outermost }
        if servesFiles(location) { return [] }
        let found = routes(location, match(location))
        knownPages[key] = found
        return found
    }

    /// Whether a location has nothing that answers without files.
    func servesFiles(_ location: Location) -> Bool {
        let answering: Set = ["proxy_pass", "grpc_pass", "return", "stub_status", "rewrite", "if"]
        let block = location.directive.block ?? []
        return !block.contains { answering.contains($0.name) || $0.name.hasSuffix("_pass") }
    }

    /// The location that nginx would take for a path.
    func location(for path: String) -> Location? {
        let all = locations.filter { $0.kind != .named }
        if let exact = all.first(where: { $0.kind == .exact && $0.text == path }) { return exact }
        var longest: Location?
        for location in all {
            guard case .prefix = location.kind, path.hasPrefix(location.text),
                location.text.utf8.count > longest?.text.utf8.count ?? -1
            else { continue }
            longest = location
        }
        if longest?.kind == .prefix(isFinal: true) { return longest }
        for location in all {
            guard case .regex(let ignoresCase) = location.kind,
                let pattern = try? Pattern(location.text, ignoresCase: ignoresCase),
                pattern.isFound(in: Array(path.utf8).span)
            else { continue }
            return location
        }
        return longest
    }

    /// Routes of a location with `limit_except`: other methods pass only as its block says.
    func limited(_ routes: [Route], _ location: Location) -> [Route] {
        guard let limit = location.directive.block?.first(where: { $0.name == "limit_except" })
        else { return routes }
        var methods = limit.texts
        if methods.contains("GET") { methods.append("HEAD") }
        let block = limit.block ?? []
        reader.check(block, .location)
        let inner = location.scope.adding(block)
        return routes.flatMap { route -> [Route] in
            var free = route
            if free.match.methods.isEmpty {
                free.match.methods = methods
            } else {
                free.match.methods.removeAll { !methods.contains($0) }
            }
            var bound = route
            bound.filters = overrides(inner)
            return free.match.methods.isEmpty ? [bound] : [free, bound]
        }
    }

    /// The clusters that get copies of a location's requests.
    func mirrors(_ scope: NginxScope) -> [MirrorSettings] {
        scope.all("mirror").filter { $0[0] != "off" }.compactMap { directive in
            let path = directive[0] ?? ""
            guard let location = location(for: path),
                let pass = location.directive.block?.first(where: { $0.name == "proxy_pass" }),
                let parsed = NginxPass.parse(pass[0] ?? "", pass, self)
            else {
                log.unsupported(
                    directive.place,
                    "there is no location \"\(path)\" with proxy_pass",
                    "add location = \(path) { internal; proxy_pass http://HOST$request_uri; }"
                )
                return nil
            }
            if parsed.uri != "$request_uri" {
                log.warn(pass.place, "copies are sent to the path of their requests")
            }
            let upstream = reader.cluster(
                parsed,
                location.scope,
                keepsConnections: false,
                pass,
                self
            )
            return upstream.map { MirrorSettings(cluster: $0.name) }
        }
    }
}
