/// JSON Patch (RFC 6902): operations on places named by JSON Pointers (RFC 6901).
public struct JSONPatch: Sendable, Hashable {
    enum Operation: Sendable, Hashable {
        case add(Pointer, JSON)
        case remove(Pointer)
        case replace(Pointer, JSON)
        case move(from: Pointer, to: Pointer)
        case copy(from: Pointer, to: Pointer)
        case test(Pointer, JSON)
    }

    /// The most operations in one patch, as the API server allows.
    public static let operationsMaximum = 10_000

    private let operations: [Operation]

    /// Reads a patch.
    ///
    /// - Throws: which operation is not one, and why.
    public init(_ json: JSON) throws(FormatError) {
        guard let list = json.array else {
            throw FormatError("a JSON patch is a list of operations, not \(json.kind)")
        }
        guard list.count <= Self.operationsMaximum else {
            throw FormatError(
                "the patch has \(list.count) operations, more than \(Self.operationsMaximum)"
            )
        }
        var operations: [Operation] = []
        for (index, entry) in list.enumerated() {
            operations.append(try Self.operation(entry, index))
        }
        self.operations = operations
    }

    /// The value after all operations, in order; if one fails, nothing is changed.
    ///
    /// - Throws: which place does not exist, or which test failed.
    public func apply(to value: JSON) throws(FormatError) -> JSON {
        var result = value
        for operation in operations { try Self.perform(operation, on: &result) }
        return result
    }

    private static func operation(_ entry: JSON, _ index: Int) throws(FormatError) -> Operation {
        func pointer(_ member: String) throws(FormatError) -> Pointer {
            guard let text = entry[member]?.string else {
                throw FormatError("operation \(index) of the patch has no \"\(member)\"")
            }
            return try Pointer(text)
        }
        func value() throws(FormatError) -> JSON {
            guard let value = entry["value"] else {
                throw FormatError("operation \(index) of the patch has no \"value\"")
            }
            return value
        }
        switch entry["op"]?.string {
        case "add": return .add(try pointer("path"), try value())
        case "remove": return .remove(try pointer("path"))
        case "replace": return .replace(try pointer("path"), try value())
        case "move": return .move(from: try pointer("from"), to: try pointer("path"))
        case "copy": return .copy(from: try pointer("from"), to: try pointer("path"))
        case "test": return .test(try pointer("path"), try value())
        default:
            throw FormatError(
                "operation \(index) of the patch has no known \"op\"",
                remedy: "use add, remove, replace, move, copy or test"
            )
        }
    }

    private static func perform(
        _ operation: Operation,
        on value: inout JSON
    ) throws(FormatError) {
        switch operation {
        case .add(let path, let new): try path.insert(new, into: &value)
        case .remove(let path): _ = try path.remove(from: &value)
        case .replace(let path, let new):
            guard path.find(in: value) != nil else { throw path.missing() }
            try path.replace(with: new, in: &value)
        case .move(let from, let to):
            guard from == to || !to.isBelow(from) else {
                throw FormatError("\(from.text) cannot be moved into itself")
            }
            let moved = try from.remove(from: &value)
            try to.insert(moved, into: &value)
        case .copy(let from, let to):
            guard let copied = from.find(in: value) else { throw from.missing() }
            try to.insert(copied, into: &value)
        case .test(let path, let expected):
            guard let found = path.find(in: value) else { throw path.missing() }
            guard equal(found, expected) else {
                throw FormatError("testing value \(path.text) failed")
            }
        }
    }

    /// Numbers are equal by value, whatever their spelling.
    private static func equal(_ left: JSON, _ right: JSON) -> Bool {
        if let left = left.double, let right = right.double { return left == right }
        return left == right
    }
}
