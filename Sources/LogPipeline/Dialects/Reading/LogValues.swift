import Formats
import Records

/// Values of configurations as values of records.
enum LogValues {
    static func value(_ json: JSON) -> Value {
        switch json {
        case .null: return .null
        case .array(let elements): return .array(elements.map(value))
        case .object(let members):
            var fields = Fields()
            for member in members { fields.update(member.key, value(member.value)) }
            return .object(fields)
        default:
            if let truth = json.bool { return .boolean(truth) }
            if let text = json.string { return .text(text) }
            if let number = json.int { return .integer(Int64(number)) }
            return .float(json.double ?? 0)
        }
    }
}
