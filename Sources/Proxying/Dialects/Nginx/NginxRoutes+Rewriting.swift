import Basics
import Formats

/// Changes of paths.
extension NginxRoutes {
    /// `rewrite` with `permanent` or `redirect`, or to another host.
    func redirectingRewrite(
        _ directive: NginxDirective,
        _ match: RouteMatch,
        _ scope: NginxScope
    ) -> Route? {
        guard let pattern = directive[0], let text = directive[1] else {
            log.error(directive.place, "a regular expression and a replacement are expected")
            return nil
        }
        do throws(Failure) {
            _ = try Pattern(pattern)
        } catch {
            log.error(directive.place, error.description)
            return nil
        }
        let isElsewhere =
            text.hasPrefix("http://") || text.hasPrefix("https://")
            || text.hasPrefix("$scheme://")
        let flag = directive[2] ?? ""
        guard ["", "last", "break", "redirect", "permanent"].contains(flag) else {
            log.error(
                directive.place,
                "\"\(flag)\" is no flag",
                "write last, break, redirect or permanent"
            )
            return nil
        }
        guard isElsewhere || flag == "redirect" || flag == "permanent" else { return nil }
        var action = RedirectAction(status: flag == "permanent" ? 301 : 302)
        var path = text
        if isElsewhere, let range = text.firstRange(of: "://") {
            let scheme = variables.constant(String(text[..<range.lowerBound]))
            action.scheme = scheme
            let rest = text[range.upperBound...]
            let host = rest.prefix { $0 != "/" && $0 != "$" }
            if host.isEmpty {
                let name = rest.dropFirst().prefix { $0.isLetter || $0 == "_" }
                guard rest.hasPrefix("$"), ["host", "http_host", "server_name"].contains(name)
                else {
                    log.unsupported(directive.place, "this host is not supported: \(rest)")
                    return nil
                }
                if name == "server_name" { action.host = variables.constants["server_name"] }
                path = String(rest.dropFirst(name.count + 1))
                if name == "host", ["$request_uri", "$request_uri?"].contains(path) {
                    // The host without its port.
                    let scheme = String(text[..<range.lowerBound])
                    action.location = commands("\(scheme)://$host$request_uri", directive)
                }
            } else {
                action.host = String(host)
                path = String(rest.dropFirst(host.count))
            }
        }
        // Of `$request_uri?` the mark keeps the query from being there twice.
        if ["$request_uri", "$request_uri?", "$uri"].contains(path) { path = "" }
        if path.hasSuffix("?") {
            action.stripsQuery = true
            path.removeLast()
        }
        if !path.isEmpty {
            guard let substitution = substitution(path, directive) else { return nil }
            action.path = .regex(pattern: Self.whole(pattern), substitution: substitution)
        }
        return route(matching(pattern, match), .redirect(action), scope)
    }

    /// A match that also asks whether a pattern is found in the path.
    private func matching(_ pattern: String, _ match: RouteMatch) -> RouteMatch {
        var match = match
        if case .any = match.path {
            match.path = .regex(pattern, anywhere: true)
        } else {
            match.headers.append(
                HeaderMatch(name: ":path", test: .text(.regex(Self.whole(pattern, query: true))))
            )
        }
        return match
    }

    /// A `rewrite` after which nginx looks for a location anew: in a location all but those that say
    /// `break`, in a server all.
    func reroutingRewrite(
        _ directive: NginxDirective,
        _ match: RouteMatch,
        _ scope: NginxScope,
        isOfServer: Bool
    ) -> Route? {
        guard let pattern = directive[0], let text = directive[1], !text.contains("://"),
            ["", "last"].contains(directive[2] ?? "") || isOfServer && directive[2] == "break",
            let compiled = try? Pattern(pattern), let new = substitution(text, directive)
        else { return nil }
        // nginx does so once; here the server's rules come first whenever a route is looked for.
        let sample = Array(new.replacing("\\1", with: "x").utf8)
        if isOfServer, compiled.isFound(in: sample.span) {
            log.unsupported(
                directive.place,
                "the new path would be rewritten again: \(text)",
                "write it in a location"
            )
            return nil
        }
        let rewrite = ForwardAction.PathRewrite.regex(
            pattern: Self.whole(pattern),
            substitution: new
        )
        return route(matching(pattern, match), .reroute(rewrite), scope)
    }

    /// The rewriting of the path by `rewrite ... break`.
    func pathRewrite(_ directives: [NginxDirective]) -> ForwardAction.PathRewrite? {
        let found = directives.filter { directive in
            guard directive.name == "rewrite", let text = directive[1] else { return false }
            return !text.contains("://") && directive[2] == "break"
        }
        guard let first = found.first, let pattern = first[0], let text = first[1] else {
            return nil
        }
        if found.count > 1 {
            log.unsupported(found[1].place, "only one rewrite of a location is supported")
        }
        guard let substitution = substitution(text, first) else { return nil }
        return .regex(pattern: Self.whole(pattern), substitution: substitution)
    }

    /// `$1` as `\1`; arguments that only repeat the query are left out.
    func substitution(_ text: String, _ directive: NginxDirective) -> String? {
        var result = ""
        for piece in NginxVariables.pieces(text) {
            switch piece {
            case .text(let text): result += text.replacing("\\", with: "\\\\")
            case .variable(let name):
                if let number = Int(name), (0...9).contains(number) {
                    result += "\\\(number)"
                } else if let value = variables.constants[name] {
                    result += value
                } else if name != "is_args", name != "args", name != "query_string" {
                    log.unsupported(directive.place, "$\(name) is not supported in a path")
                    return nil
                }
            }
        }
        if result.contains("?") {
            log.unsupported(directive.place, "a query in the new path is not supported: \(text)")
            return nil
        }
        return result
    }

    /// A pattern that fits the whole text where the given one fits a part of it.
    static func whole(_ pattern: String, query: Bool = false) -> String {
        let begin = pattern.hasPrefix("^") ? "" : "^.*?"
        let isClosed = pattern.hasSuffix("$") && !pattern.hasSuffix("\\$")
        let inner = isClosed && query ? String(pattern.dropLast()) : pattern
        let end = isClosed ? (query ? "(?:\\?.*)?$" : "") : ".*$"
        return inner.contains("|") ? begin + "(?:" + inner + ")" + end : begin + inner + end
    }
}
