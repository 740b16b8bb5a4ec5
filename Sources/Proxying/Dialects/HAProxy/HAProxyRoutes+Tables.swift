import Formats

/// What rules remember: counters of requests, variables, and answers of their own.
extension HAProxyRoutes {
    /// Takes `track-sc0` and `set-var`; whether the rule was one.
    func remember(_ verb: String, _ words: [String], _ line: HAProxyLine) -> Bool {
        if verb.hasPrefix("track-sc"), let counter = Int(verb.dropFirst(8)) {
            track(counter, words, line)
            return true
        }
        guard verb.hasPrefix("set-var("), verb.hasSuffix(")") else { return false }
        if line.texts.contains("if") || line.texts.contains("unless") {
            log.unsupported(line.place, "variables with conditions are not supported")
            return true
        }
        let name = verb.dropFirst(8).dropLast().split(separator: ",")[0]
        let value = words.dropFirst().joined(separator: " ")
        variables[String(name)] = value
        return true
    }

    private func track(_ counter: Int, _ words: [String], _ line: HAProxyLine) {
        let key: RateLimitSettings.Key
        switch words.count > 1 ? words[1] : "" {
        case "src": key = .address
        case let fetch where fetch.hasPrefix("hdr(") || fetch.hasPrefix("req.hdr("):
            let name = fetch.split(separator: "(")[1].prefix { $0 != ")" && $0 != "," }
            key = .header(name.lowercased() == "host" ? ":authority" : name.lowercased())
        case let other:
            log.unsupported(line.place, "counting by \"\(other)\" is not supported", "use src")
            return
        }
        if line.texts.contains("if") || line.texts.contains("unless") {
            log.unsupported(
                line.place,
                "counting with conditions is not supported",
                "count in a frontend of its own"
            )
            return
        }
        let name = words.firstIndex(of: "table").flatMap { words.dropFirst($0 + 1).first }
        let owner = name.flatMap { reader.backends[$0] } ?? section
        guard let table = owner.one("stick-table") else {
            log.error(line.place, "there is no stick-table", "add stick-table type ip ...")
            return
        }
        let store = table.value(after: "store") ?? ""
        let part = store.split(separator: ",").first { $0.hasPrefix("http_req_rate(") }
        let text = part.map { String($0.dropFirst(14).dropLast()) } ?? ""
        counters[counter] = Counter(key: key, period: HAProxyReader.time(text), table: table)
    }

    /// A refusal of those who ask more often than they may.
    func limit(
        _ verb: String,
        _ words: [String],
        _ alternatives: [[HAProxyConditions.Literal]],
        _ line: HAProxyLine
    ) {
        guard alternatives.count == 1, alternatives[0].count == 1,
            case .rate(let number, let most) = alternatives[0][0].test,
            !alternatives[0][0].isNegated, ["deny", "tarpit"].contains(verb)
        else {
            log.unsupported(
                line.place,
                "a rate is supported in a deny without other conditions",
                "write http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100 }"
            )
            return
        }
        guard let counter = counters[number], let period = counter.period, period > .zero else {
            log.error(
                line.place,
                "nothing counts requests for this rate",
                "add stick-table ... store http_req_rate(10s), and http-request track-sc\(number) src"
            )
            return
        }
        let status = words.firstIndex(of: "deny_status").flatMap { words.dropFirst($0 + 1).first }
        var settings = RateLimitSettings(statPrefix: section.name, bucket: nil)
        settings.key = counter.key
        settings.bucket = RateText.bucket(count: most, period: period, burst: most)
        settings.status = status.flatMap { Int($0) } ?? 403
        filters.append(.rateLimit(settings))
    }

    /// The bodies of `http-error`.
    func errors() -> [LocalReplyRule] {
        (section.defaults + section.lines).filter { $0.name == "http-error" }.compactMap { line in
            guard let status = line.value(after: "status").flatMap({ Int($0) }) else {
                log.error(line.place, "\"status NUMBER\" is missing")
                return nil
            }
            guard let body = line.value(after: "string") ?? line.value(after: "lf-string") else {
                log.unsupported(
                    line.place,
                    "bodies from files are not supported",
                    "write string \"...\""
                )
                return nil
            }
            let isFormat = line.value(after: "lf-string") != nil
            return LocalReplyRule(
                statuses: [status],
                body: isFormat
                    ? text(line.place).commands(body) : body.replacing("%", with: "%%"),
                contentType: line.value(after: "content-type") ?? "text/plain"
            )
        }
    }

    /// Texts of this frontend's rules.
    func text(_ place: Place) -> HAProxyText {
        var text = HAProxyText(log: log, place: place)
        text.variables = variables
        text.constants["ssl_fc"] = bind.tls == nil ? "0" : "1"
        return text
    }
}
