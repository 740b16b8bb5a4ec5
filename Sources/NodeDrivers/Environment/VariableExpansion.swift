/// Kubernetes' `$(NAME)` references in commands, arguments and environment values.
///
/// `$(NAME)` becomes the variable's value; an unknown name stays as written. `$$` becomes `$`, so
/// `$$(NAME)` becomes the text `$(NAME)`. `$NAME`, `${NAME}` and an unclosed `$(` are left alone.
/// The result of an expansion is not expanded again. (kubelet: `third_party/forked/golang/expansion`)
public enum VariableExpansion {
    /// Replaces the references of a text.
    ///
    /// - Parameters:
    ///   - text: The text to expand.
    ///   - value: The value of a variable, or nil if there is none of that name.
    /// - Returns: The expanded text.
    public static func expand(_ text: String, _ value: (String) -> String?) -> String {
        let source = Array(text.utf8)
        guard source.contains(dollar) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        var index = 0
        // Looked up once, so that a text of many unclosed references takes linear time.
        let lastClosing = source.lastIndex(of: UInt8(ascii: ")")) ?? -1
        while index < source.count {
            guard source[index] == dollar, index + 1 < source.count else {
                result.append(source[index])
                index += 1
                continue
            }
            switch source[index + 1] {
            case dollar:
                result.append(dollar)
                index += 2
            case UInt8(ascii: "("):
                let start = index + 2
                guard start <= lastClosing,
                    let end = source[start...].firstIndex(of: UInt8(ascii: ")"))
                else {
                    result.append(contentsOf: source[index..<start])
                    index = start
                    continue
                }
                let name = String(decoding: source[start..<end], as: UTF8.self)
                result.append(contentsOf: (value(name) ?? "$(\(name))").utf8)
                index = end + 1
            default:
                result.append(contentsOf: source[index...index + 1])
                index += 2
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let dollar = UInt8(ascii: "$")
}
