/// Turns what an OCI runtime says into the words that the kubelet's users know.
enum RuntimeMessage {
    /// The message for a status: stripped of the runtime's decoration.
    ///
    /// The texts about a program that cannot be executed get the form they have everywhere.
    /// `program` is the first word of the container's command line.
    static func readable(_ text: String, program: String) -> String {
        let line = stripped(text)
        if line.contains("not found in $PATH") {
            return program.contains("/")
                ? "exec: \"\(program)\": stat \(program): no such file or directory\(remedy)"
                : "exec: \"\(program)\": executable file not found in $PATH\(remedy)"
        }
        if line.hasPrefix("open executable:") {
            return "exec: \"\(program)\": permission denied; it must be an executable file"
        }
        if let start = line.firstRange(of: "exec: \"") { return String(line[start.lowerBound...]) }
        return "failed to create container: " + line
    }

    private static let remedy = "; correct the command, or the image"

    /// The last line that says something, without timestamp, level and quoting.
    static func stripped(_ text: String) -> Substring {
        let lines = text.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
        guard var line = lines.last else { return "the OCI runtime gave no reason" }
        // crun: `2024-01-01T00:00:00.0Z: text`; runc: `time="..." level=error msg="text"`.
        if let start = line.firstRange(of: "msg=\"") {
            line = line[start.upperBound...]
            if line.hasSuffix("\"") { line = line.dropLast() }
            return Substring(line.replacing("\\\"", with: "\""))
        }
        if line.first?.isNumber == true, let end = line.firstRange(of: "Z: ") {
            line = line[end.upperBound...]
        }
        return line
    }
}
