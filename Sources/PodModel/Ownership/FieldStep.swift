public import Formats

/// One step of the path to a field that somebody owns, as `managedFields` writes it.
///
/// Source: the `FieldsV1` format of Kubernetes' server-side apply.
public enum FieldStep: Sendable, Hashable {
    /// `f:name`: a member of a map.
    case member(String)
    /// `k:{"name":"app"}`: the element of a list with these keys, in the order of their names.
    case item([Key])
    /// `v:"text"`: an element of a list that is a set.
    case value(JSON)
    /// `i:0`: an element of a list by its place.
    case index(Int)

    /// A field that identifies an element, and its value.
    public struct Key: Sendable, Hashable {
        /// The name of the field.
        public var name: String
        /// Its value, a scalar.
        public var value: JSON
    }

    /// The element of a list with these keys, which may come in any order.
    public static func item(_ keys: JSONObject) -> Self {
        .item(keys.sorted().map { Key(name: $0.key, value: $0.value) })
    }

    // MARK: Text

    /// The step as a key of `fieldsV1`.
    public var text: String {
        switch self {
        case .member(let name): "f:" + name
        case .item(let keys):
            "k:" + JSON.object(JSONObject(keys.map { ($0.name, $0.value) })).text()
        case .value(let value): "v:" + value.text()
        case .index(let index): "i:\(index)"
        }
    }

    /// Reads a key of `fieldsV1`.
    ///
    /// - Throws: What is wrong with it.
    public init(text: String) throws(FormatError) {
        let rest = String(text.dropFirst(2))
        switch text.prefix(2) {
        case "f:": self = .member(rest)
        case "k:":
            guard let keys = try JSON.parse(rest).object, !keys.isEmpty else {
                throw FormatError("\(text) names no keys; write k:{\"name\":\"value\"}")
            }
            self = .item(keys)
        case "v:": self = .value(try JSON.parse(rest))
        case "i:":
            guard let index = Int(rest) else {
                throw FormatError("\(text) is no place in a list; write i: and a whole number")
            }
            self = .index(index)
        default:
            throw FormatError("\(text) is no step of a path; one begins with f:, k:, v: or i:")
        }
    }
}

extension FieldStep: CustomStringConvertible, Comparable {
    /// The step as messages write it: `.image`, `[name="app"]`, `[="text"]`, `[0]`.
    public var description: String {
        switch self {
        case .member(let name): "." + name
        case .item(let keys):
            "[" + keys.map { "\($0.name)=\($0.value.text())" }.joined(separator: ",") + "]"
        case .value(let value): "[=\(value.text())]"
        case .index(let index): "[\(index)]"
        }
    }

    /// Members come first, then elements by key, by value and by place.
    public static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.member(let left), .member(let right)): left < right
        case (.index(let left), .index(let right)): left < right
        case (.item, .item), (.value, .value): left.text < right.text
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .member: 0
        case .item: 1
        case .value: 2
        case .index: 3
        }
    }
}
