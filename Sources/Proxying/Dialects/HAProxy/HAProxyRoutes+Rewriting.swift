import Formats

/// `replace-header` and `replace-value`, of requests and of answers.
extension HAProxyRoutes {
    /// What replaces values of a field; `nil` after an error.
    func rewriting(_ words: [String], _ line: HAProxyLine) -> HeaderAddition? {
        guard words.count >= 4, EnvoyReader.isFieldName(words[1]) else {
            log.error(
                line.place,
                "the name of a header field, an expression and a value are expected",
                "write \(words.first ?? "replace-header") NAME REGEX VALUE"
            )
            return nil
        }
        guard (try? Pattern(words[2])) != nil else {
            log.error(line.place(of: 3), "\"\(words[2])\" is no regular expression")
            return nil
        }
        let value = words[3...].joined(separator: " ")
        if value.replacing("%%", with: "").contains("%") || words[1].lowercased() == "host" {
            log.unsupported(
                line.place,
                "values by variables, and other hosts, are not supported: \(value)",
                "write set-header with the whole value"
            )
            return nil
        }
        var addition = HeaderAddition(
            name: words[1],
            value: value.replacing("%%", with: "%"),
            mode: .overwriteIfPresent
        )
        addition.rewriting = HeaderAddition.Rewriting(
            pattern: words[2],
            separatesValues: words[0] == "replace-value"
        )
        return addition
    }
}
