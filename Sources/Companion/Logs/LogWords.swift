internal import Basics
internal import LogPipeline

/// The command lines of Fluent Bit, Fluentd, Vector and `tail`, in the words of `companion logs`.
enum LogWords {
    /// Turns the words behind a program's name into ours; what has no meaning here is left out.
    static func translate(_ program: String, _ words: [String]) -> [String] {
        switch program {
        case "fluent-bit", "td-agent-bit":
            replace(
                words,
                flags: ["-D": "--check", "--dry-run": "--check"],
                words: [
                    "-q": ["--log-level", "error"], "--quiet": ["--log-level", "error"],
                    "-v": ["--log-level", "debug"], "-vv": ["--log-level", "debug"],
                    "--verbose": ["--log-level", "debug"],
                ],
                values: ["-c": "--config"],
                dropped: ["-Y", "--enable-hot-reload", "-d", "--daemon"],
                droppedValues: ["-s", "--coro_stack_size"]
            )
        case "fluentd", "td-agent":
            replace(
                words,
                flags: ["--dry-run": "--check"],
                words: [
                    "-q": ["--log-level", "warning"], "--quiet": ["--log-level", "warning"],
                    "-qq": ["--log-level", "error"], "-v": ["--log-level", "debug"],
                    "--verbose": ["--log-level", "debug"], "-vv": ["--log-level", "debug"],
                ],
                values: ["-c": "--config"],
                dropped: ["--no-supervisor", "--under-supervisor", "--use-v1-config"],
                droppedValues: ["-p", "--plugin", "-I", "-r", "-g", "--group", "-G", "--user"]
            )
        case "vector": vector(words)
        case "tail": ["--", program] + words
        default: words
        }
    }

    private static func vector(_ words: [String]) -> [String] {
        var words = words
        // `vector validate FILE...`
        if words.first == "validate" {
            let files = words.dropFirst().filter { !$0.hasPrefix("-") }
            return ["--check"] + files.flatMap { ["--config", $0] }
        }
        words = words.map { word in
            for name in ["--config-toml", "--config-yaml", "--config-json"]
            where word == name || word.hasPrefix(name + "=") {
                return "--config" + word.dropFirst(name.count)
            }
            return word
        }
        return replace(
            words,
            flags: [:],
            words: [
                "-q": ["--log-level", "warning"], "-qq": ["--log-level", "error"],
                "--quiet": ["--log-level", "warning"], "-v": ["--log-level", "debug"],
                "-vv": ["--log-level", "debug"], "--verbose": ["--log-level", "debug"],
            ],
            values: [
                "-c": "--config", "-C": "--config-dir", "--graceful-shutdown-limit-secs": "--grace",
            ],
            dropped: ["-w", "--watch-config", "--dangerously-allow-env-var-interpolation"],
            droppedValues: [
                "-t", "--threads", "--require-healthy", "-r", "--color", "--log-format",
                "--internal-log-rate-limit", "-i",
            ]
        )
    }

    private static func replace(
        _ given: [String],
        flags: [String: String],
        words: [String: [String]],
        values: [String: String],
        dropped: Set<String>,
        droppedValues: Set<String>
    ) -> [String] {
        var result: [String] = []
        var rest = given[...]
        while let word = rest.popFirst() {
            if let flag = flags[word] {
                result.append(flag)
            } else if let more = words[word] {
                result += more
            } else if let option = values[word] {
                result.append(option)
                if let value = rest.popFirst() { result.append(value) }
            } else if droppedValues.contains(word) {
                _ = rest.popFirst()
            } else if !dropped.contains(word) {
                result.append(word)
            }
        }
        return result
    }
}
