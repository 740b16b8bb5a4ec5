/// The command lines of nginx, HAProxy and Envoy, in the words of `companion proxy`.
enum ProgramWords {
    /// Turns the words behind a program's name into ours; what has no meaning here is left out.
    static func translate(_ program: String, _ words: [String]) -> [String] {
        switch program {
        case "nginx":
            replace(
                words,
                flags: ["-t": "--check", "-T": "--check"],
                values: ["-c": "--config"],
                dropped: ["-q"],
                droppedValues: ["-g", "-p", "-e", "-s"]
            )
        case "haproxy":
            replace(
                words,
                flags: ["-c": "--check"],
                values: ["-f": "--config", "--": "--config"],
                dropped: ["-W", "-Ws", "-D", "-db", "-V", "-q", "-d", "-dM", "-dr"],
                droppedValues: ["-S", "-p", "-m", "-n", "-L", "-x", "-C"]
            )
        case "envoy":
            replace(
                words,
                flags: [:],
                values: [:],
                dropped: [],
                droppedValues: ["--log-format", "--log-path", "--component-log-level"]
            )
        default: words
        }
    }

    private static func replace(
        _ words: [String],
        flags: [String: String],
        values: [String: String],
        dropped: Set<String>,
        droppedValues: Set<String>
    ) -> [String] {
        var result: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if let flag = flags[word] {
                result.append(flag)
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
