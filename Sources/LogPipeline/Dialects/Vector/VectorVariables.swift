import Basics
import Formats

/// Vector's variables in values: `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME-else}`, `${NAME:?why}`,
/// `${NAME?why}`; `$$` is one dollar.
///
/// They are put in after a file was read, so that what a variable holds can never become keys or structure.
struct VectorVariables {
    let environment: [String: String]
    let log: FindingLog
    /// Whether a variable may stand without braces; if not only `$${` stands for a dollar.
    let hasBareNames: Bool

    init(_ surroundings: LogSurroundings, log: FindingLog, hasBareNames: Bool = true) {
        self.hasBareNames = hasBareNames
        var environment = surroundings.environment
        if environment["HOSTNAME"] == nil { environment["HOSTNAME"] = surroundings.hostname }
        self.environment = environment
        self.log = log
    }

    /// A tree with its variables put in, keys included.
    func filled(_ tree: PositionedTree, _ path: FieldPath, _ file: String) -> PositionedTree {
        switch tree.content {
        case .scalar(let scalar):
            guard scalar.value.string != nil, scalar.text.utf8.contains(UInt8(ascii: "$")) else {
                return tree
            }
            let place = Place(file, tree.position, path.description)
            let text = filled(scalar.text, place)
            guard text != scalar.text else { return tree }
            let filled = PositionedScalar(Self.value(of: text), text: text, isPlain: true)
            return PositionedTree(.scalar(filled), at: tree.position)
        case .sequence(let elements):
            let filled = elements.enumerated().map {
                self.filled($0.element, path[$0.offset], file)
            }
            return PositionedTree(.sequence(filled), at: tree.position)
        case .mapping(let members):
            var seen: Set<String> = []
            var filled: [PositionedTree.Member] = []
            for member in members {
                let place = Place(file, member.keyPosition, (path + member.key).description)
                let key =
                    member.key.utf8.contains(UInt8(ascii: "$"))
                    ? self.filled(member.key, place) : member.key
                guard seen.insert(key).inserted else {
                    log.error(place, "the key \"\(key)\" stands twice in one table")
                    continue
                }
                let value = self.filled(member.value, path + key, file)
                filled.append((key, member.keyPosition, value))
            }
            return PositionedTree(.mapping(filled), at: tree.position)
        }
    }

    /// A text with its variables put in.
    func filled(_ text: String, _ place: Place) -> String {
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var at = 0
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "$"), at + 1 < bytes.count else {
                result.append(bytes[at])
                at += 1
                continue
            }
            if bytes[at + 1] == UInt8(ascii: "$"),
                hasBareNames || bytes[at...].starts(with: "$${".utf8)
            {
                result.append(UInt8(ascii: "$"))
                at += 2
            } else if bytes[at + 1] == UInt8(ascii: "{"),
                let (value, end) = braces(bytes, from: at + 2, place)
            {
                result += value.utf8
                at = end
            } else if hasBareNames, Self.isName(bytes[at + 1]) {
                let name = bytes[(at + 1)...].prefix(while: Self.isName)
                result += self.value(of: String(decoding: name, as: UTF8.self), place).utf8
                at += 1 + name.count
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What stands for `NAME}`, `NAME:-else}` and so on, and where it ends; nil if it is nothing of the kind.
    private func braces(_ bytes: [UInt8], from start: Int, _ place: Place) -> (String, Int)? {
        let name = bytes[start...].prefix(while: Self.isName)
        var at = start + name.count
        guard !name.isEmpty, at < bytes.count else { return nil }
        let word = String(decoding: name, as: UTF8.self)
        if bytes[at] == UInt8(ascii: "}") { return (value(of: word, place), at + 1) }
        let isStrict = bytes[at] == UInt8(ascii: ":")
        if isStrict { at += 1 }
        guard at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "?"),
            let end = bytes[at...].firstIndex(of: UInt8(ascii: "}"))
        else { return nil }
        let rest = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
        if let value = environment[word], !isStrict || !value.isEmpty { return (value, end + 1) }
        if bytes[at] == UInt8(ascii: "-") { return (rest, end + 1) }
        log.error(place, "the variable \(word) must be set" + (rest.isEmpty ? "" : ": " + rest))
        return ("", end + 1)
    }

    private func value(of name: String, _ place: Place) -> String {
        if let value = environment[name] { return value }
        let nearest = NearestMatch.of(name, among: environment.keys.sorted())
        log.unsupported(
            place,
            "the variable \(name) is not set",
            nearest.map { "did you mean \($0)?" }
                ?? "set it, write ${\(name):-} if it may be empty, or $$ for a dollar"
        )
        return ""
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// What a text is as a value: variables give numbers and truth values too.
    private static func value(of text: String) -> JSON {
        if text == "true" || text == "false" { return .bool(text == "true") }
        if let number = Int64(text) { return .int(number) }
        let isNumeric = text.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
        if isNumeric, let number = Double(text), number.isFinite { return .double(number) }
        return .string(text)
    }
}
