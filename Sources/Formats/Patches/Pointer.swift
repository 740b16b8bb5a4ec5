/// A JSON Pointer (RFC 6901).
struct Pointer: Sendable, Hashable {
    let text: String
    private let steps: [String]

    init(_ text: String) throws(FormatError) {
        guard text.isEmpty || text.hasPrefix("/") else {
            throw FormatError("the path \"\(text)\" of the patch does not begin with a slash")
        }
        self.text = text
        var steps: [String] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            steps.append(try Self.unescape(part))
        }
        self.steps = steps
    }

    private init(text: String, steps: [String]) {
        self.text = text
        self.steps = steps
    }

    private static func unescape(_ part: Substring) throws(FormatError) -> String {
        var result = ""
        var rest = part
        while let character = rest.popFirst() {
            guard character == "~" else {
                result.append(character)
                continue
            }
            switch rest.popFirst() {
            case "0": result.append("~")
            case "1": result.append("/")
            default: throw FormatError("the path part \"\(part)\" has a ~ without 0 or 1 after it")
            }
        }
        return result
    }

    func isBelow(_ other: Self) -> Bool { steps.starts(with: other.steps) }

    func missing() -> FormatError { FormatError("the path \(text) does not exist") }

    func find(in value: JSON) -> JSON? {
        var value = value
        for step in steps {
            guard let next = Self.child(step, of: value) else { return nil }
            value = next
        }
        return value
    }

    func insert(_ new: JSON, into value: inout JSON) throws(FormatError) {
        try change(&value, steps[...]) { (parent, step) throws(FormatError) in
            switch parent {
            case .object(var object):
                object[step] = new
                parent = .object(object)
            case .array(var elements):
                let index = step == "-" ? elements.count : Self.index(step)
                guard let index, index <= elements.count else { throw missing() }
                elements.insert(new, at: index)
                parent = .array(elements)
            default: throw missing()
            }
        } whole: {
            $0 = new
        }
    }

    func replace(with new: JSON, in value: inout JSON) throws(FormatError) {
        try change(&value, steps[...]) { (parent, step) throws(FormatError) in
            switch parent {
            case .object(var object):
                object[step] = new
                parent = .object(object)
            case .array(var elements):
                guard let index = Self.index(step), index < elements.count else { throw missing() }
                elements[index] = new
                parent = .array(elements)
            default: throw missing()
            }
        } whole: {
            $0 = new
        }
    }

    func remove(from value: inout JSON) throws(FormatError) -> JSON {
        guard let old = find(in: value) else { throw missing() }
        try change(&value, steps[...]) { (parent, step) throws(FormatError) in
            switch parent {
            case .object(var object):
                object[step] = nil
                parent = .object(object)
            case .array(var elements):
                guard let index = Self.index(step), index < elements.count else { throw missing() }
                elements.remove(at: index)
                parent = .array(elements)
            default: throw missing()
            }
        } whole: {
            $0 = .null
        }
        return old
    }

    private func change(
        _ value: inout JSON,
        _ rest: ArraySlice<String>,
        _ body: (inout JSON, String) throws(FormatError) -> Void,
        whole: (inout JSON) -> Void
    ) throws(FormatError) {
        guard let step = rest.first else { return whole(&value) }
        guard rest.count > 1 else { return try body(&value, step) }
        guard var child = Self.child(step, of: value) else { throw missing() }
        try change(&child, rest.dropFirst(), body, whole: whole)
        switch value {
        case .object: value[step] = child
        default: if let index = Self.index(step) { value[index] = child }
        }
    }

    private static func child(_ step: String, of value: JSON) -> JSON? {
        switch value {
        case .object(let object): object[step]
        case .array: index(step).flatMap { value[$0] }
        default: nil
        }
    }

    private static func index(_ step: String) -> Int? {
        guard step == "0" || (step.first != "0" && step.first != "+" && step.first != "-")
        else { return nil }
        return Int(step)
    }
}
