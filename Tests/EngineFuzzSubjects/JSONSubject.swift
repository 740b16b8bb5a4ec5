import Formats

extension EngineFuzzSubject {
    /// JSON: all readers agree, and what is written in any form is read as the same value.
    public static let json = EngineFuzzSubject(name: "EngineJSON") { input in
        let value = try? JSON.parse(input)
        let tree = try? PositionedTree.parseJSON(input)
        if (value == nil) != (tree == nil) { return "one reader takes it, the other does not" }
        guard let value else {
            _ = try? PositionedTree.parseJSONStream(input)
            return nil
        }
        if tree?.json != value { return "the reader that keeps places reads another value" }
        let stream = try? PositionedTree.parseJSONStream(input)
        if stream?.map(\.json) != [value] { return "the reader of streams reads another value" }
        for (pretty, sorted) in [(false, false), (true, false), (false, true)] {
            let text = value.bytes(pretty: pretty, sortedKeys: sorted)
            guard let again = try? JSON.parse(text) else {
                return "its own text cannot be read: \(String(decoding: text, as: UTF8.self))"
            }
            if !isSame(again, value) { return "written and read it is \(again)" }
            if again.bytes(pretty: pretty, sortedKeys: sorted) != text {
                return "the text is not stable"
            }
        }
        return nil
    }

    /// Whether two values are the same to a reader that knows only one kind of number: `1.0` is written
    /// as `1`, as Go does it.
    static func isSame(_ left: JSON, _ right: JSON) -> Bool {
        switch (left, right) {
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { key, value in right[key].map { isSame(value, $0) } ?? false }
        case (.int(let whole), .double(let number)), (.double(let number), .int(let whole)):
            Double(whole) == number
        default: left == right
        }
    }
}
