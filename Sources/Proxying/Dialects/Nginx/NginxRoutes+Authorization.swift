import Formats

/// Locations that are asked whether a request may pass.
extension NginxRoutes {
    /// What `auth_request` asks for a scope.
    func authorization(_ scope: NginxScope) -> AuthorizationSettings? {
        // What is asked itself is not asked about.
        guard !isPage, let directive = scope.one("auth_request"), directive[0] != "off" else {
            return nil
        }
        guard let text = directive[0], let path = variables.constant(text), path.hasPrefix("/")
        else {
            log.unsupported(
                directive.place,
                "\"\(directive[0] ?? "")\" is no fixed path",
                "write auth_request /PATH"
            )
            return nil
        }
        guard let location = location(for: path), !servesFiles(location) else {
            log.error(
                directive.place,
                "there is no location \"\(path)\" that answers",
                "add location = \(path) { internal; proxy_pass http://HOST:PORT; }"
            )
            return nil
        }
        let routes = pageRoutes(location).map { route in
            // No client waits for this answer who would give up one day.
            guard case .forward(var forward) = route.action, forward.timeout == nil else {
                return route
            }
            var route = route
            forward.timeout = forward.idleTimeout ?? .seconds(60)
            route.action = .forward(forward)
            return route
        }
        if routes.isEmpty { return nil }
        return AuthorizationSettings(
            routes: routes,
            path: path,
            verdict: .status,
            failureStatus: 500
        )
    }

    /// The variables of `auth_request_set`, as commands.
    func authorizationVariables(_ scope: NginxScope) {
        for directive in scope.all("auth_request_set") {
            guard let name = directive[0], name.hasPrefix("$"), let text = directive[1] else {
                log.error(directive.place, "a variable and a value are expected")
                continue
            }
            var command = ""
            for piece in NginxVariables.pieces(text) {
                switch piece {
                case .text(let text): command += text.replacing("%", with: "%%")
                case .variable(let name): command += answerCommand(name, directive)
                }
            }
            variables.replacements[String(name.dropFirst())] = command
        }
    }

    /// The command for a variable of what was asked.
    private func answerCommand(_ name: String, _ directive: NginxDirective) -> String {
        if name == "upstream_status" || name == "status" { return "%AUTHORIZATION(:STATUS)%" }
        for prefix in ["upstream_http_", "sent_http_"] where name.hasPrefix(prefix) {
            let field = name.dropFirst(prefix.utf8.count).replacing("_", with: "-")
            if !field.isEmpty { return "%AUTHORIZATION(\(field))%" }
        }
        return commands("$" + name, directive)
    }
}
