/// The arithmetic of a shell: whole numbers of 64 bits, with the operators that scripts have.
///
/// (POSIX 2.6.4; `++`, `--` and `**` as bash and busybox have them)
struct ShellArithmetic {
    /// Why an expression has no value.
    struct Mistake: Error, Hashable {
        var text: String
    }

    private let text: [UInt8]
    private var at = 0
    private var depth = 0
    /// What variables hold; what is assigned is changed.
    private(set) var changes: [(name: String, value: Int64)] = []
    private let lookup: (String) -> String?

    /// How deep parentheses may stand in one another.
    static let depthMaximum = 64

    private init(_ text: String, _ lookup: @escaping (String) -> String?) {
        self.text = Array(text.utf8)
        self.lookup = lookup
    }

    /// The value of an expression, and the variables that it sets, in their order.
    ///
    /// - Throws: What is wrong with it: a sign that is not known, a variable that is no number, a division by 0.
    static func value(
        of text: String,
        _ lookup: @escaping (String) -> String?
    ) throws(Mistake) -> (value: Int64, changes: [(name: String, value: Int64)]) {
        var reader = ShellArithmetic(text, lookup)
        reader.skip()
        guard reader.at < reader.text.count else { return (0, []) }
        let value = try reader.expression(0)
        guard reader.at == reader.text.count else { throw reader.unknown() }
        return (value, reader.changes)
    }

    private func unknown() -> Mistake {
        let rest = String(decoding: text[at...].prefix(20), as: UTF8.self)
        return Mistake(
            text: rest.isEmpty ? "the expression has no end" : "\"\(rest)\" is not known"
        )
    }

    private mutating func skip() {
        while at < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
    }

    private mutating func take(_ sign: String) -> Bool {
        guard text[at...].starts(with: sign.utf8) else { return false }
        at += sign.utf8.count
        skip()
        return true
    }

    /// Signs between two values, those that bind most loosely first; longer ones before their beginnings.
    private static let levels: [[String]] = [
        ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"],
        ["+", "-"], ["*", "/", "%"],
    ]
    private static let signs = ["||", "&&", "==", "!=", "<=", ">=", "<<", ">>"]

    private mutating func sign(_ level: Int) -> String? {
        for sign in Self.levels[level] where text[at...].starts(with: sign.utf8) {
            // A single sign is not the first half of a double one, nor of an assignment.
            if sign.utf8.count == 1,
                Self.signs.contains(where: {
                    $0.hasPrefix(sign) && text[at...].starts(with: $0.utf8)
                })
            {
                continue
            }
            at += sign.utf8.count
            skip()
            return sign
        }
        return nil
    }

    private mutating func expression(_ level: Int) throws(Mistake) -> Int64 {
        guard level < Self.levels.count else { return try unary() }
        var value = try expression(level + 1)
        while let sign = sign(level) {
            value = try Self.apply(sign, value, try expression(level + 1))
        }
        if level == 0, take("?") {
            let yes = try expression(0)
            guard take(":") else { throw unknown() }
            let no = try expression(0)
            return value != 0 ? yes : no
        }
        return value
    }

    private static func apply(
        _ sign: String,
        _ left: Int64,
        _ right: Int64
    ) throws(Mistake) -> Int64 {
        func truth(_ value: Bool) -> Int64 { value ? 1 : 0 }
        switch sign {
        case "||": return truth(left != 0 || right != 0)
        case "&&": return truth(left != 0 && right != 0)
        case "|": return left | right
        case "^": return left ^ right
        case "&": return left & right
        case "==": return truth(left == right)
        case "!=": return truth(left != right)
        case "<=": return truth(left <= right)
        case ">=": return truth(left >= right)
        case "<": return truth(left < right)
        case ">": return truth(left > right)
        case "<<": return left << (right & 63)
        case ">>": return left >> (right & 63)
        case "+": return left &+ right
        case "-": return left &- right
        case "*": return left &* right
        default:
            guard right != 0 else { throw Mistake(text: "a division by 0") }
            if right == -1 { return sign == "/" ? 0 &- left : 0 }
            return sign == "/" ? left / right : left % right
        }
    }

    private mutating func unary() throws(Mistake) -> Int64 {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMaximum else { throw Mistake(text: "it is too deep") }
        for step in ["++", "--"] where text[at...].starts(with: step.utf8) {
            let start = at
            at += 2
            skip()
            guard let name = name() else {
                at = start
                break
            }
            return set(name, try number(of: name) &+ (step == "++" ? 1 : -1))
        }
        if take("!") { return try unary() == 0 ? 1 : 0 }
        if take("-") { return 0 &- (try unary()) }
        if take("+") { return try unary() }
        if take("~") { return ~(try unary()) }
        if take("(") {
            let value = try expression(0)
            guard take(")") else { throw unknown() }
            return value
        }
        if let name = name() { return try variable(name) }
        let digits = text[at...].prefix { byte in
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || byte == 0x78
        }
        let word = String(decoding: digits, as: UTF8.self)
        guard let value = Self.number(word) else { throw unknown() }
        at += digits.count
        skip()
        return value
    }

    private mutating func variable(_ name: String) throws(Mistake) -> Int64 {
        for step in ["++", "--"] where take(step) {
            let value = try number(of: name)
            _ = set(name, value &+ (step == "++" ? 1 : -1))
            return value
        }
        for sign in ["+", "-", "*", "/", "%"] where take(sign + "=") {
            return set(name, try Self.apply(sign, try number(of: name), try expression(0)))
        }
        if !text[at...].starts(with: "==".utf8), take("=") {
            return set(name, try expression(0))
        }
        return try number(of: name)
    }

    private mutating func name() -> String? {
        guard at < text.count, Self.begins(text[at]) else { return nil }
        let bytes = text[at...].prefix { Self.begins($0) || (0x30...0x39).contains($0) }
        at += bytes.count
        skip()
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func begins(_ byte: UInt8) -> Bool {
        byte == 0x5F || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private mutating func set(_ name: String, _ value: Int64) -> Int64 {
        changes.append((name, value))
        return value
    }

    private func number(of name: String) throws(Mistake) -> Int64 {
        if let change = changes.last(where: { $0.name == name }) { return change.value }
        let text = (lookup(name) ?? "").filter { $0 != " " && $0 != "\t" && $0 != "\n" }
        if text.isEmpty { return 0 }
        let isNegative = text.hasPrefix("-")
        guard let value = Self.number(isNegative ? String(text.dropFirst()) : text) else {
            throw Mistake(text: "\(name) holds \"\(text.prefix(40))\", which is no number")
        }
        return isNegative ? 0 &- value : value
    }

    /// A number without a sign: decimal, `0x` hexadecimal, or octal behind a 0.
    private static func number(_ word: String) -> Int64? {
        if word.hasPrefix("0x") { return Int64(word.dropFirst(2), radix: 16) }
        if word.hasPrefix("0"), word.count > 1 { return Int64(word.dropFirst(), radix: 8) }
        guard let first = word.first, first.isNumber else { return nil }
        return Int64(word)
    }
}
