import Basics

/// Turns the flags of the reloaders that people use into those of `companion reload`.
enum ReloadWords {
    /// What a flag of another program means here.
    private enum Meaning {
        /// The same under another name; its value follows.
        case option(String)
        /// It needs what the others say.
        case kept
    }

    /// Translates the words of a program.
    ///
    /// A word that is not known is handed on with two dashes, so that it is refused by its name.
    /// - Throws: `invalid` with a value that the program would refuse, or a flag that it needs.
    static func translate(_ program: String, _ words: [String]) throws(Failure) -> [String] {
        switch program {
        case "configmap-reload": return try configMapReload(words)
        case "prometheus-config-reloader": return try prometheus(words)
        default: return words
        }
    }

    // MARK: configmap-reload

    private static let configMapFlags: [String: Meaning] = [
        "volume-dir": .option("dir"), "webhook-url": .option("url"),
        "webhook-method": .option("method"), "webhook-status-code": .kept,
        "webhook-retries": .kept, "web.listen-address": .option("listen"),
        "web.telemetry-path": .option("telemetry-path"),
    ]

    private static func configMapReload(_ words: [String]) throws(Failure) -> [String] {
        var (found, pairs, isHelp) = read(words, configMapFlags)
        if isHelp { return ["--help"] }
        for (own, name) in [("--dir", "-volume-dir"), ("--url", "-webhook-url")]
        where !found.contains(own) && !found.contains("--config") {
            throw Failure(.invalid, "\(name) is missing", remedy: "give \(name)")
        }
        func number(_ name: String, _ standard: Int, _ range: ClosedRange<Int>) throws(Failure)
            -> Int
        {
            guard let text = pairs.last(where: { $0.name == name })?.value else { return standard }
            guard let number = Int(text), range.contains(number) else {
                throw Failure(.invalid, "-\(name): \"\(text)\" is no number that makes sense there")
            }
            return number
        }
        let tries = try number("webhook-retries", 1, -1_000_000...1_000_000)
        guard tries != 0 else {
            throw Failure(
                .invalid,
                "-webhook-retries: with 0 no request is ever made",
                remedy: "give 1, or -1 for tries without an end"
            )
        }
        found += ["--status", "\(try number("webhook-status-code", 200, 100...599))"]
        found += ["--tries", "\(max(0, tries))"]
        if !found.contains("--listen") { found += ["--listen", ":9533"] }
        // It waits ten seconds between tries, and for an answer as long as it takes.
        return found + ["--retry-first", "10s", "--retry-most", "10s", "--timeout", "60s"]
    }

    // MARK: prometheus-config-reloader

    private static let prometheusFlags: [String: Meaning] = [
        "config-file": .kept, "config-envsubst-file": .kept, "watched-dir": .option("dir"),
        "reload-url": .kept, "reload-method": .kept, "process-executable-name": .kept,
        "runtimeinfo-url": .kept, "delay-interval": .option("delay"), "watch-interval": .kept,
        "retry-interval": .kept, "reload-timeout": .option("timeout"),
        "listen-address": .option("listen"), "web-config-file": .option("listen-config"),
        "log-level": .kept, "log-format": .kept, "statefulset-ordinal-from-envvar": .kept,
        "auto-gomemlimit-ratio": .kept,
    ]

    /// Refuses what the program would refuse, under its own names.
    private static func check(_ value: (String) -> String?) throws(Failure) {
        func wrong(_ name: String, _ text: String, _ remedy: String) -> Failure {
            Failure(.invalid, "--\(name): \"\(text)\" makes no sense there", remedy: remedy)
        }
        let choices = [
            ("reload-method", ["http", "signal"]), ("log-format", ["logfmt", "json"]),
            ("log-level", ["all", "debug", "info", "warn", "error", "none"]),
        ]
        for (name, words) in choices {
            guard let text = value(name), !words.contains(text) else { continue }
            throw wrong(name, text, "write \(words.joined(separator: ", "))")
        }
        for name in ["watch-interval", "retry-interval"] {
            guard let text = value(name) else { continue }
            guard let time = Duration(text: text), time >= .zero else {
                throw wrong(name, text, "write a duration such as 30s or 5m")
            }
        }
        // It is for the memory of Go's programs, and without effect here.
        if let text = value("auto-gomemlimit-ratio") {
            guard let ratio = Double(text), ratio > 0, ratio <= 1 else {
                throw wrong("auto-gomemlimit-ratio", text, "write a number over 0, 1 at most")
            }
        }
    }

    private static func prometheus(_ words: [String]) throws(Failure) -> [String] {
        let (found, pairs, isHelp) = read(words, prometheusFlags)
        if isHelp { return ["--help"] }
        var result = found
        func value(_ name: String) -> String? { pairs.last { $0.name == name }?.value }
        func standard(_ name: String, _ text: String) {
            if !found.contains("--" + name) { result += ["--" + name, text] }
        }
        if let source = value("config-file"), !source.isEmpty {
            if let target = value("config-envsubst-file"), !target.isEmpty {
                result += ["--render", source + "=" + target, "--style", "parentheses"]
            } else {
                result += ["--file", source]
            }
        }
        try check(value)
        if value("reload-method") == "signal" {
            let url = value("runtimeinfo-url") ?? "http://127.0.0.1:9090/api/v1/status/runtimeinfo"
            let name = value("process-executable-name") ?? "prometheus"
            result += ["--signal", "HUP", "--process", name, "--verify-url", url, "--insecure"]
        } else {
            let url = value("reload-url") ?? "http://127.0.0.1:9090/-/reload"
            // It never verifies certificates.
            result += ["--url", url, "--status", "200", "--insecure"]
        }
        let pause = value("retry-interval") ?? "5s"
        result += ["--tries", "0", "--retry-first", pause, "--retry-most", pause]
        let interval = value("watch-interval") ?? "3m"
        if Duration(text: interval) == .zero {
            result += ["--once"]
        } else {
            result += ["--interval", interval]
        }
        standard("delay", "1s")
        standard("timeout", "30s")
        result += ["--initial", "--ready", "success"]
        result += ["--ordinal-from", value("statefulset-ordinal-from-envvar") ?? "POD_NAME"]
        switch value("log-level") {
        case "all": result += ["--log-level", "debug"]
        case "none": result += ["--log-level", "off"]
        case let level?: result += ["--log-level", level]
        case nil: break
        }
        switch value("log-format") {
        case "logfmt": result += ["--log-format", "text"]
        case let format?: result += ["--log-format", format]
        case nil: break
        }
        return result
    }

    // MARK: Flags as Go's programs read them

    private static func read(
        _ words: [String],
        _ flags: [String: Meaning]
    ) -> (found: [String], kept: [(name: String, value: String)], isHelp: Bool) {
        var found: [String] = []
        var kept: [(name: String, value: String)] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-", word != "--" else {
                if word != "--" { found.append(word) }
                continue
            }
            let text = word.drop { $0 == "-" }
            let name = String(text.prefix { $0 != "=" })
            if name == "help" || name == "h" { return ([], [], true) }
            guard let meaning = flags[name] else {
                // Our own options for every role are welcome too.
                found.append("--" + text)
                continue
            }
            let given = text.count > name.count ? String(text.dropFirst(name.count + 1)) : nil
            guard let value = given ?? rest.popFirst() else {
                found.append("--" + name)
                continue
            }
            switch meaning {
            case .option(let own): found += ["--" + own, value]
            case .kept: kept.append((name, value))
            }
        }
        return (found, kept, false)
    }
}
