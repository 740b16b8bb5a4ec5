import Formats

/// `proxy_redirect` and `proxy_cookie_...`: what is changed in answers.
extension NginxRoutes {
    /// The beginnings of locations that are replaced.
    func redirects(
        _ scope: NginxScope,
        _ directive: NginxDirective,
        _ pass: NginxPass,
        _ location: Location
    ) -> [AnswerRewrites.Replacement] {
        let written = scope.all("proxy_redirect")
        if written.contains(where: { $0[0] == "off" }) { return [] }
        if written.isEmpty {
            return standard(directive, pass, location).map { [$0] } ?? []
        }
        return written.compactMap { redirect in
            guard let from = redirect[0] else { return nil }
            if from == "default" { return standard(directive, pass, location) }
            return replacement(redirect)
        }
    }

    /// What nginx replaces by itself: the address of `proxy_pass` by the location.
    private func standard(
        _ directive: NginxDirective,
        _ pass: NginxPass,
        _ location: Location
    ) -> AnswerRewrites.Replacement? {
        guard let text = directive[0], !text.contains("$"), !pass.isGRPC else { return nil }
        if pass.uri == nil { return .init(from: text + "/", to: "/") }
        guard case .regex = location.kind else {
            return .init(from: text, to: location.text.replacing("%", with: "%%"))
        }
        return nil
    }

    /// The parts of cookies that are replaced.
    func cookies(_ name: String, _ scope: NginxScope) -> [AnswerRewrites.Replacement] {
        scope.all(name).filter { $0[0] != "off" }.compactMap(replacement)
    }

    private func replacement(_ directive: NginxDirective) -> AnswerRewrites.Replacement? {
        guard let from = directive[0], let to = directive[1] else {
            log.error(directive.place, "a text and its replacement are expected")
            return nil
        }
        guard !from.hasPrefix("~"), let fixed = variables.constant(from) else {
            log.unsupported(
                directive.place,
                "regular expressions and variables are not supported here: \(from)",
                "write the text that is replaced"
            )
            return nil
        }
        let isDomain = directive.name == "proxy_cookie_domain"
        return .init(
            from: isDomain && fixed.hasPrefix(".") ? String(fixed.dropFirst()) : fixed,
            to: commands(to, directive)
        )
    }

    /// `expires`: how long answers may be kept.
    func expiry(_ scope: NginxScope) -> [HeaderAddition] {
        guard let directive = scope.one("expires"), let text = directive[0], text != "off" else {
            return []
        }
        var fields: [(String, String)]
        switch text {
        case "epoch":
            fields = [("Expires", "Thu, 01 Jan 1970 00:00:01 GMT"), ("Cache-Control", "no-cache")]
        case "max":
            fields = [
                ("Expires", "Thu, 31 Dec 2037 23:55:55 GMT"),
                ("Cache-Control", "max-age=315360000"),
            ]
        default:
            let isPast = text.hasPrefix("-")
            guard directive.arguments.count == 1,
                let time = NginxReader.time(isPast ? String(text.dropFirst()) : text)
            else {
                let time = directive.texts.joined(separator: " ")
                log.warn(
                    directive.place,
                    "\(time) has no effect here: it is no fixed time",
                    "write 30d, max, epoch or off"
                )
                return []
            }
            let seconds = time.components.seconds
            fields = [("Cache-Control", isPast ? "no-cache" : "max-age=\(seconds)")]
        }
        return fields.map { name, value in
            var addition = HeaderAddition(name: name, value: value, mode: .overwrite)
            addition.isForSuccess = true
            return addition
        }
    }
}
