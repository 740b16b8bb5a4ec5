/// Turns the flags of the reloaders that people use into those of `companion reload`.
enum ReloadWords {
    /// What a flag of another program means here.
    private enum Meaning {
        /// The same under another name; its value follows.
        case option(String)
        /// It has no effect here; a value follows.
        case ignored
        /// It needs what the others say.
        case kept
    }

    /// Translates the words of a program.
    ///
    /// A word that is not known is handed on with two dashes, so that it is refused by its name.
    static func translate(_ program: String, _ words: [String]) -> [String] {
        switch program {
        case "configmap-reload": return configMapReload(words)
        case "prometheus-config-reloader": return prometheus(words)
        default: return words
        }
    }

    // MARK: configmap-reload

    private static let configMapFlags: [String: Meaning] = [
        "volume-dir": .option("dir"), "webhook-url": .option("url"),
        "webhook-method": .option("method"), "webhook-status-code": .option("status"),
        "webhook-retries": .option("tries"), "web.listen-address": .option("listen"),
        "web.telemetry-path": .option("telemetry-path"),
    ]

    private static func configMapReload(_ words: [String]) -> [String] {
        var (found, kept, isHelp) = read(words, configMapFlags)
        _ = kept.popLast()
        if isHelp { return ["--help"] }
        func standard(_ name: String, _ value: String) {
            if !found.contains("--" + name) { found += ["--" + name, value] }
        }
        standard("status", "200")
        standard("tries", "1")
        standard("listen", ":9533")
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
        "auto-gomemlimit-ratio": .ignored,
    ]

    private static func prometheus(_ words: [String]) -> [String] {
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
        if ["0", "0s", "0m", "0h"].contains(interval) {
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
            case .ignored: break
            case .kept: kept.append((name, value))
            }
        }
        return (found, kept, false)
    }
}
