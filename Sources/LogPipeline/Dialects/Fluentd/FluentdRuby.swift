import Basics
import Formats

/// The Ruby code in texts, as far as it is known: the environment and the machine's name.
final class FluentdRuby {
    /// What `use_default` and `use_nil` stand for.
    static let standard = "\u{0}use_default"

    private let surroundings: LogSurroundings
    private let log: FindingLog

    init(_ surroundings: LogSurroundings, log: FindingLog) {
        self.surroundings = surroundings
        self.log = log
    }

    /// What a piece of code yields.
    func value(of code: String, _ place: Place) -> String {
        for part in code.split(separator: "||", omittingEmptySubsequences: false) {
            let text = String(part.trimmed)
            switch result(text) {
            case .text(let value): return value
            case .none: continue
            case .standard: return Self.standard
            case .unknown:
                log.error(
                    place,
                    "the Ruby code #{\(text)} is not known",
                    "ENV['NAME'], ENV.fetch('NAME', 'default'), hostname and texts are"
                )
                return ""
            }
        }
        let name = name(in: code).map { "the variable \($0) is not set, so it is empty" }
        log.warn(place, name ?? "the code yields nothing", "write || 'default' after it")
        return ""
    }

    private enum Result {
        case text(String)
        case none
        case standard
        case unknown
    }

    private func result(_ text: String) -> Result {
        switch text {
        case "nil": return .none
        case "use_default", "use_nil": return .standard
        case "hostname", "Socket.gethostname", "worker_id.to_s":
            return .text(text == "worker_id.to_s" ? "0" : surroundings.hostname)
        case "worker_id": return .text("0")
        default: break
        }
        if Int(text) != nil || text == "true" || text == "false" { return .text(text) }
        if let literal = Self.literal(text[...]) { return .text(literal) }
        for suffix in [".to_s", ".to_i", ".strip", ".chomp"] where text.hasSuffix(suffix) {
            return result(String(text.dropLast(suffix.count)))
        }
        if text.hasPrefix("ENV["), text.hasSuffix("]") {
            guard let name = Self.literal(text.dropFirst(4).dropLast()) else { return .unknown }
            return surroundings.environment[name].map { .text($0) } ?? .none
        }
        if text.hasPrefix("ENV.fetch("), text.hasSuffix(")") {
            let inner = text.dropFirst(10).dropLast()
            let parts = inner.split(separator: ",", maxSplits: 1)
            guard let first = parts.first, let name = Self.literal(first.trimmed) else {
                return .unknown
            }
            if let value = surroundings.environment[name] { return .text(value) }
            return parts.count == 2 ? result(String(parts[1].trimmed)) : .none
        }
        return .unknown
    }

    /// A text in quotes.
    private static func literal(_ text: Substring) -> String? {
        guard text.count >= 2, let first = text.first, first == "'" || first == "\"",
            text.last == first, !text.dropFirst().dropLast().contains(first)
        else { return nil }
        return String(text.dropFirst().dropLast())
    }

    private func name(in code: String) -> String? {
        guard let start = code.firstRange(of: "ENV") else { return nil }
        let rest = code[start.upperBound...].drop { !"'\"".contains($0) }.dropFirst()
        let name = rest.prefix { !"'\"".contains($0) }
        return name.isEmpty ? nil : String(name)
    }
}
