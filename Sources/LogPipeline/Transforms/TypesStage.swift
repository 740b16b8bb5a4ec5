internal import Basics
internal import Reactor
internal import Records

/// Turns fields into other types, as Fluent Bit's `type_converter` and Fluentd's `types` do.
@MainLoop final class TypesStage: Stage {
    private let types: [(path: RecordPath, type: String)]

    init(_ types: [String: String]) {
        self.types = types.sorted { $0.key < $1.key }.map {
            (RecordPath(accessor: $0.key), $0.value)
        }
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            let fields = event.fields
            for (path, type) in types {
                guard let value = path.value(in: fields), let turned = Self.turn(value, type) else {
                    continue
                }
                path.set(turned, in: &event.fields)
            }
            outlet.pass(event)
        }
    }

    /// A value in another type; nil if it cannot be had in it.
    static func turn(_ value: Value, _ type: String) -> Value? {
        var bytes: [UInt8] = []
        ValueText.append(value, to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        switch type.lowercased() {
        case "int", "integer":
            if case .float(let number) = value {
                return Int64(exactly: number.rounded(.towardZero)).map(Value.integer)
            }
            return Int64(text).map(Value.integer)
        case "uint": return UInt64(text).flatMap { Int64(exactly: $0) }.map(Value.integer)
        case "float", "double": return Double(text).flatMap { $0.isNaN ? nil : .float($0) }
        case "bool", "boolean":
            switch text.lowercased() {
            case "true", "yes", "1", "on": return .boolean(true)
            case "false", "no", "0", "off": return .boolean(false)
            default: return nil
            }
        case "string": return .text(text)
        case "hex":
            let digits = text.lowercased().hasPrefix("0x") ? String(text.dropFirst(2)) : text
            return Int64(digits, radix: 16).map(Value.integer)
        default: return nil
        }
    }
}
