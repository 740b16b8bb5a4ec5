import Formats

/// `${NAME}` and `${NAME:-default}` in values, replaced after everything was parsed: what a variable holds is
/// never read as configuration.
final class FluentBitVariables {
    private var own: [String: String]
    private let surroundings: LogSurroundings
    private let log: FindingLog

    init(_ surroundings: LogSurroundings, log: FindingLog) {
        self.surroundings = surroundings
        self.log = log
        own = ["HOSTNAME": surroundings.environment["HOSTNAME"] ?? surroundings.hostname]
    }

    func set(_ name: String, _ value: String) { own[name] = value }

    /// A value with its variables replaced; one that is not set is empty, which is said.
    func filled(_ text: String, _ place: Place) -> String {
        guard text.contains("${") else { return text }
        var filled = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            filled += rest[..<start.lowerBound]
            let inner = rest[start.upperBound...]
            guard let end = inner.firstIndex(of: "}") else {
                rest = rest[start.lowerBound...]
                break
            }
            filled += value(inner[..<end], place)
            rest = inner[inner.index(after: end)...]
        }
        return filled + rest
    }

    private func value(_ text: Substring, _ place: Place) -> String {
        let parts = text.firstRange(of: ":-")
        let name = String(parts.map { text[..<$0.lowerBound] } ?? text)
        if let value = own[name] ?? surroundings.environment[name], !value.isEmpty { return value }
        if let parts { return String(text[parts.upperBound...]) }
        log.warn(
            place,
            "the variable ${\(name)} is not set, so it is empty",
            "set it, or write ${\(name):-default}"
        )
        return ""
    }
}
