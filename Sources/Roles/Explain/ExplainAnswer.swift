import Formats
import StandIn

/// What the table says about a container.
struct ExplainAnswer {
    let container: ExplainedContainer
    let decision: StandInDecision

    init(_ container: ExplainedContainer) {
        self.container = container
        decision = StandInDecision.make(container.request)
    }

    /// A few lines for people.
    var text: String {
        var lines: [String] = []
        if !container.title.isEmpty { lines.append(container.title) }
        lines.append("image    \(container.request.image)")
        if let standIn = decision.standIn {
            lines.append("role     \(standIn.role)")
            lines.append("runs     " + standIn.commandLine.map(Self.quoted).joined(separator: " "))
            for (name, value) in standIn.environment.sorted(by: { $0.key < $1.key }) {
                lines.append("env      \(name)=\(value)")
            }
            if !standIn.user.isEmpty { lines.append("user     \(standIn.user)") }
        } else {
            lines.append("role     none")
        }
        for (index, reason) in decision.reasons.enumerated() {
            lines.append((index == 0 ? "because  " : "         ") + reason)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for programs.
    var json: JSON {
        var object: JSONObject = ["image": .string(container.request.image)]
        if !container.title.isEmpty { object["container"] = .string(container.title) }
        object["role"] = decision.standIn.map { .string($0.role) } ?? .null
        if let standIn = decision.standIn {
            object["command"] = .array(standIn.commandLine.map { .string($0) })
            var environment = JSONObject()
            for (name, value) in standIn.environment { environment[name] = .string(value) }
            object["environment"] = .object(environment)
            object["user"] = .string(standIn.user)
        }
        object["reasons"] = .array(decision.reasons.map { .string($0) })
        return .object(object)
    }

    /// A word as a shell takes it.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A)
                || "-_./:=,@%+".utf8.contains($0)
        }
        if isPlain, !word.isEmpty { return word }
        return "'"
            + word.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }
}
