/// The text of `--write-out`.
enum CurlWriteOut {
    /// Fills the places of a format.
    ///
    /// - Parameters:
    ///   - format: `%{name}`, `%%`, and `\n`, `\t`, `\r`.
    ///   - value: The value of a name; `nil` if there is no such name.
    /// - Returns: The text, and the names that are not known.
    static func text(
        _ format: String,
        _ value: (String) -> String?
    ) -> (text: String, unknown: [String]) {
        var output = ""
        var unknown: [String] = []
        var rest = format[...]
        while let character = rest.popFirst() {
            switch (character, rest.first) {
            case ("%", "%"):
                output.append("%")
                rest.removeFirst()
            case ("%", "{"):
                guard let end = rest.firstIndex(of: "}") else {
                    output.append("%")
                    continue
                }
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                if let text = value(name) { output += text } else { unknown.append(name) }
                rest = rest[rest.index(after: end)...]
            case ("\\", let next?):
                rest.removeFirst()
                switch next {
                case "n": output.append("\n")
                case "t": output.append("\t")
                case "r": output.append("\r")
                default: output += "\\\(next)"
                }
            default: output.append(character)
            }
        }
        return (output, unknown)
    }
}
