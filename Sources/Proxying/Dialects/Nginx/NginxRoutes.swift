import Basics
import Formats

/// The locations of one server, as routes in the order of nginx's precedence.
final class NginxRoutes {
    /// What was read.
    struct Outcome {
        var routes: [Route]
        /// Whether `$request_id` is used, so that requests need one.
        var usesRequestID: Bool
    }

    /// A `location`.
    struct Location {
        enum Kind: Equatable {
            case exact
            /// With `^~` no regular expression is looked at after it.
            case prefix(isFinal: Bool)
            case regex(ignoresCase: Bool)
            /// `@name`: requests come to it from other locations only.
            case named
        }

        var kind: Kind
        var text: String
        var directive: NginxDirective
        var scope: NginxScope
        /// The prefix of the location around this one.
        var within: String?
    }

    let reader: NginxReader
    let server: NginxServer
    var variables: NginxVariables
    var usesRequestID = false
    /// All locations, those inside of others too.
    var locations: [Location] = []
    var named: [String: Location] = [:]
    /// The variables of the server.
    var outermost = NginxVariables()
    /// Whether routes of a page are being read, which have no pages themselves.
    var isPage = false
    /// The routes of pages that were read, by the texts of their locations.
    var knownPages: [String: [Route]] = [:]
    /// Pages that `error_page` names: locations for them alone serve files.
    var errorPages: Set<String> = []

    init(_ reader: NginxReader, _ server: NginxServer, _ variables: NginxVariables) {
        self.reader = reader
        self.server = server
        self.variables = variables
    }

    var log: FindingLog { reader.log }

    func routes() -> Outcome {
        constants(server.directives)
        outermost = variables
        collect(server.directives, server.scope, within: nil, &locations)
        for location in locations where location.kind == .named {
            named[location.text] = location
        }
        for scope in [server.scope] + locations.map(\.scope) {
            for page in scope.all("error_page") {
                if let target = page.texts.last { errorPages.insert(target) }
            }
        }
        checkDoubles(locations)
        var all: [Route] = []
        let (before, isDone) = rewrites(server.directives, server.scope, RouteMatch(), nil)
        all += before
        if !isDone {
            all += ordered(locations.filter { $0.kind != .named })
            // What no location takes is a file that is not there.
            let pages = pages(server.scope)
            if pages.contains(where: { $0.statuses.contains(404) }) {
                all.append(
                    route(RouteMatch(), .respond(status: 404, body: ""), server.scope)
                )
            }
        }
        if locations.isEmpty, before.isEmpty, !isDone, !log.hasErrors,
            !reader.hasContent(server.scope)
        {
            log.warn(
                server.directive.place,
                "the server has no location, so everything is answered with 404",
                "add location / { proxy_pass http://HOST:PORT; }"
            )
        }
        return Outcome(routes: all, usesRequestID: usesRequestID)
    }

    // MARK: Locations

    private func collect(
        _ directives: [NginxDirective],
        _ scope: NginxScope,
        within: String?,
        _ locations: inout [Location]
    ) {
        for directive in directives where directive.name == "location" {
            guard let block = directive.block, let parsed = parse(directive) else { continue }
            reader.check(block, .location)
            let inner = scope.adding(block)
            locations.append(
                Location(
                    kind: parsed.kind,
                    text: parsed.text,
                    directive: directive,
                    scope: inner,
                    within: within
                )
            )
            if case .prefix = parsed.kind {
                collect(block, inner, within: parsed.text, &locations)
            } else if block.contains(where: { $0.name == "location" }) {
                log.unsupported(directive.place, "locations inside of this kind are not supported")
            }
        }
    }

    private func parse(_ directive: NginxDirective) -> (kind: Location.Kind, text: String)? {
        var words = directive.texts
        guard let first = words.first, words.count <= 2 else {
            log.error(directive.place, "a path is expected", "write location /path { }")
            return nil
        }
        let marks: [(String, Location.Kind)] = [
            ("=", .exact), ("^~", .prefix(isFinal: true)), ("~*", .regex(ignoresCase: true)),
            ("~", .regex(ignoresCase: false)),
        ]
        var kind = Location.Kind.prefix(isFinal: false)
        if words.count == 2 {
            guard let known = marks.first(where: { $0.0 == first }) else {
                log.error(
                    directive.place,
                    "\"\(first)\" is no modifier of a location",
                    "write =, ^~, ~ or ~*"
                )
                return nil
            }
            kind = known.1
            words.removeFirst()
        } else if let mark = marks.first(where: { first.hasPrefix($0.0) }) {
            kind = mark.1
            words[0] = String(first.dropFirst(mark.0.utf8.count))
        }
        let text = words[0]
        if text.hasPrefix("@") { return (.named, text) }
        if case .regex(let ignoresCase) = kind {
            do throws(Failure) {
                _ = try Pattern(text, ignoresCase: ignoresCase)
            } catch {
                log.error(directive.place, error.description)
                return nil
            }
        }
        return (kind, text)
    }

    private func checkDoubles(_ locations: [Location]) {
        var seen: Set<String> = []
        for location in locations {
            var kind = "~"
            switch location.kind {
            case .exact: kind = "="
            case .prefix: kind = ""
            case .regex: continue
            case .named: kind = "@"
            }
            if !seen.insert(kind + location.text).inserted {
                log.error(
                    location.directive.place,
                    "there are two locations \"\(location.text)\"",
                    "remove one"
                )
            }
        }
    }

    /// nginx takes an exact location, else the longest prefix if it is final, else the first regular
    /// expression that fits, else the longest prefix.
    private func ordered(_ locations: [Location]) -> [Route] {
        var prefixes = locations.filter { if case .prefix = $0.kind { true } else { false } }
        prefixes.sort { $0.text.utf8.count > $1.text.utf8.count }
        let regexes = locations.filter { if case .regex = $0.kind { true } else { false } }
        let finals = PrefixSet(
            prefixes.filter { $0.kind == .prefix(isFinal: true) }.map(\.text)
        )
        var all: [Route] = []
        for location in locations where location.kind == .exact {
            all += routes(location, match(location))
        }
        all += slashes(prefixes, locations)
        // Prefixes at or below a final one come before the regular expressions; those below it that
        // are not final themselves let the regular expressions go first.
        let isEarly = prefixes.map { !regexes.isEmpty && finals.cover($0.text) }
        for (prefix, isEarly) in zip(prefixes, isEarly) where isEarly {
            if prefix.kind != .prefix(isFinal: true) {
                for regex in regexes { all += routes(regex, match(regex, within: prefix.text)) }
            }
            all += routes(prefix, match(prefix))
        }
        for regex in regexes { all += routes(regex, match(regex, within: regex.within)) }
        for (prefix, isEarly) in zip(prefixes, isEarly) where !isEarly {
            all += routes(prefix, match(prefix))
        }
        return all
    }

    /// A prefix that ends with a slash and is proxied redirects the path without the slash.
    private func slashes(_ prefixes: [Location], _ all: [Location]) -> [Route] {
        var literals: Set<String> = []
        for location in all {
            if case .regex = location.kind { continue }
            literals.insert(location.text)
        }
        return prefixes.compactMap { location in
            let bare = String(location.text.dropLast())
            guard location.text.hasSuffix("/"), location.text != "/",
                location.directive.block?.contains(where: {
                    $0.name == "proxy_pass" || $0.name == "grpc_pass"
                }) == true,
                !literals.contains(bare)
            else { return nil }
            return Route(
                match: RouteMatch(path: .exact(bare)),
                action: .redirect(RedirectAction(path: .whole(location.text)))
            )
        }
    }

    func match(_ location: Location, within: String? = nil) -> RouteMatch {
        var match = RouteMatch()
        switch location.kind {
        case .exact: match.path = .exact(location.text)
        case .prefix: match.path = location.text == "/" ? .any : .prefix(location.text)
        case .regex(let ignoresCase):
            match.path = .regex(location.text, anywhere: true, ignoresCase: ignoresCase)
            if let within, within != "/" {
                match.headers = [HeaderMatch(name: ":path", test: .text(.prefix(within)))]
            }
        case .named: break
        }
        return match
    }

    func routes(_ location: Location, _ match: RouteMatch) -> [Route] {
        // Clients do not see what is only for other locations.
        if !isPage, location.directive.block?.contains(where: { $0.name == "internal" }) == true {
            if servesFiles(location) { return [] }
            return [route(match, .respond(status: 404, body: ""), location.scope)]
        }
        let own = limited(ownRoutes(location, match), location)
        guard location.scope.one("satisfy")?[0] == "any" else { return own }
        return own.flatMap(eitherWay)
    }

    /// The routes of `satisfy any`: who may come by address is not asked for a password.
    private func eitherWay(_ route: Route) -> [Route] {
        let questions = [route.filters.basic != nil, route.filters.authorization != nil]
        if questions == [true, true] {
            log.unsupported(
                server.directive.place,
                "\"satisfy any\" is not supported for auth_basic and auth_request together",
                "remove one"
            )
        }
        guard let rules = route.filters.addresses, questions.contains(true) else {
            return [route]
        }
        var asked = route
        asked.filters.addresses = nil
        var free = route
        free.filters.basic = nil
        free.filters.authorization = nil
        // Rules for addresses go before those that refuse all.
        let allowed = rules.rules.prefix { $0.isAllowed }
        guard rules.rules.dropFirst(allowed.count).allSatisfy({ $0.range == nil }),
            !allowed.contains(where: { $0.range == nil }), route.match.sources.isEmpty
        else {
            log.unsupported(
                server.directive.place,
                "\"satisfy any\" is supported for addresses that are allowed, then deny all"
            )
            return [route]
        }
        free.match.sources = allowed.compactMap(\.range)
        return free.match.sources.isEmpty ? [asked] : [free, asked]
    }

    private func ownRoutes(_ location: Location, _ match: RouteMatch) -> [Route] {
        let saved = variables
        defer { variables = saved }
        let own = location.directive.block ?? []
        constants(own)
        authorizationVariables(location.scope)
        let (before, isDone) = rewrites(own, location.scope, match, location)
        if isDone { return before }
        return before
            + content(
                own,
                location.scope,
                match,
                location,
                rewrite: nil,
                redirects: !before.isEmpty && own.contains { $0.name == "rewrite" }
            )
    }

    // MARK: The rewriting phase

    /// Variables of `set` that are the same for every request.
    private func constants(_ directives: [NginxDirective]) {
        for directive in directives where directive.name == "set" {
            guard let name = directive[0], name.hasPrefix("$"), let text = directive[1] else {
                log.error(directive.place, "a variable and a value are expected")
                continue
            }
            if let value = variables.constant(text) {
                variables.constants[String(name.dropFirst())] = value
            } else if NginxVariables.pieces(text).count == 1,
                case .variable(let other) = NginxVariables.pieces(text)[0],
                NginxVariables.command(other) != nil
            {
                variables.aliases[String(name.dropFirst())] = other
            } else {
                log.unsupported(
                    directive.place,
                    "values that differ by request are not supported: \(text)"
                )
            }
        }
    }

    /// `if`, `return` and redirecting `rewrite`s in their order; whether nothing comes after them.
    private func rewrites(
        _ directives: [NginxDirective],
        _ scope: NginxScope,
        _ match: RouteMatch,
        _ location: Location?
    ) -> (routes: [Route], isDone: Bool) {
        var all: [Route] = []
        for directive in directives {
            switch directive.name {
            case "return":
                if let action = returned(directive, scope) {
                    all.append(early(route(match, action, scope)))
                }
                return (all, true)
            case "rewrite":
                if let route = redirectingRewrite(directive, match, scope) {
                    all.append(early(route))
                } else if let route = reroutingRewrite(
                    directive,
                    match,
                    scope,
                    isOfServer: location == nil
                ) {
                    all.append(early(route))
                }
            case "if":
                guard let block = directive.block else { continue }
                reader.check(block, .condition)
                guard let variants = conditions(directive, match) else { continue }
                let inner = scope.adding(block)
                for variant in variants {
                    let (routes, isDone) = rewrites(block, inner, variant, location)
                    all += routes
                    if !isDone, let location {
                        let outer = directives.filter { $0.name != "return" }
                        all += content(
                            block + outer,
                            inner,
                            variant,
                            location,
                            rewrite: pathRewrite(block)
                        )
                    } else if !isDone {
                        log.unsupported(
                            directive.place,
                            "only return and redirects are supported in an if of a server"
                        )
                    }
                }
            default: break
            }
        }
        return (all, false)
    }

    /// The route of an answer that nginx gives before it asks who comes, and how often.
    private func early(_ route: Route) -> Route {
        var route = route
        route.filters.addresses = nil
        route.filters.basic = nil
        route.filters.authorization = nil
        route.filters.rateLimit = nil
        route.filters.concurrency = []
        return route
    }

    private func returned(_ directive: NginxDirective, _ scope: NginxScope) -> RouteAction? {
        guard let first = directive[0] else {
            log.error(directive.place, "a status or a URL is expected")
            return nil
        }
        guard let status = Int(first) else {
            guard
                first.hasPrefix("http://") || first.hasPrefix("https://")
                    || first.hasPrefix("$scheme")
            else {
                log.error(directive.place, "\"\(first)\" is neither a status nor a URL")
                return nil
            }
            return .redirect(RedirectAction(location: commands(first, directive), status: 302))
        }
        guard (100...999).contains(status) else {
            log.error(directive.place, "\(status) is no status")
            return nil
        }
        if status == 444 { return .close }
        let text = directive.arguments.dropFirst().map(\.text).joined(separator: " ")
        if [301, 302, 303, 307, 308].contains(status) {
            return .redirect(RedirectAction(location: commands(text, directive), status: status))
        }
        guard let body = variables.constant(text) else {
            log.unsupported(
                directive.place,
                "variables in a body are not supported",
                "write a fixed text"
            )
            return nil
        }
        let type = scope.one("default_type")?[0] ?? "text/plain"
        return .respond(status: status, body: body, contentType: text.isEmpty ? "text/html" : type)
    }

    func commands(_ text: String, _ directive: NginxDirective) -> String {
        if text.contains("$request_id") { usesRequestID = true }
        var variables = variables
        for (name, other) in variables.aliases {
            if let command = NginxVariables.command(other) {
                variables.constants[name] = nil
                variables.replacements[name] = command
            }
        }
        return variables.commands(text) { name in
            log.unsupported(directive.place, "the variable $\(name) is not supported")
        }
    }
}
