import Formats
import ObjectStore

extension EngineFuzzSubject {
    /// Selectors by labels and fields: what was understood can be written so that it is understood as the
    /// same, and says of any object either yes or no.
    public static let selectors = EngineFuzzSubject(name: "Selectors") { input in
        let text = String(decoding: input, as: UTF8.self)
        if let query = try? LabelQuery(text) {
            let written = query.requirements.map(write).joined(separator: ",")
            guard let again = try? LabelQuery(written) else { return "not read: \(written)" }
            if again != query { return "\(query) was written as \(written)" }
            for labels in labels where query.matches(labels) != again.matches(labels) {
                return "\(labels) matches one of them"
            }
        }
        guard let query = try? FieldQuery(text) else { return nil }
        let written = query.requirements.map(write).joined(separator: ",")
        guard let again = try? FieldQuery(written) else { return "not read: \(written)" }
        if again != query { return "\(query) was written as \(written)" }
        if query.matches(pod) != again.matches(pod) { return "the pod matches one of them" }
        return nil
    }

    private static let labels: [JSONObject] = [
        [:], ["app": "web", "n": "7"], ["a": "", "b": "x", "n": "-1"], ["app": "x", "old": "1"],
    ]

    private static let pod: JSON = [
        "metadata": ["name": "web", "namespace": "default"],
        "status": ["phase": "Running", "ready": true, "n": 3],
    ]

    private static func write(_ requirement: LabelQuery.Requirement) -> String {
        switch requirement {
        case .oneOf(let key, let values):
            "\(key) in (\(values.sorted().joined(separator: ",")))"
        case .noneOf(let key, let values):
            "\(key) notin (\(values.sorted().joined(separator: ",")))"
        case .exists(let key): key
        case .missing(let key): "!" + key
        case .greater(let key, let number): "\(key) > \(number)"
        case .less(let key, let number): "\(key) < \(number)"
        }
    }

    private static func write(_ requirement: FieldQuery.Requirement) -> String {
        var value = ""
        for scalar in requirement.value.unicodeScalars {
            if ["\\", ",", "="].contains(scalar) { value += "\\" }
            value.unicodeScalars.append(scalar)
        }
        return requirement.field + (requirement.isEqual ? "=" : "!=") + value
    }
}
