import Records

/// The filter `array("[]", ",")`: a list with brackets around it, or none, and something between its items.
struct GrokArray: Sendable {
    private var open = "["
    private var close = "]"
    private var delimiter = ","

    /// Reads the arguments of a filter: the delimiter, or the brackets and the delimiter.
    init(_ call: GrokCall) throws(FunctionError) {
        guard call.arguments.count <= 2 else { throw call.refusal }
        if let last = call.arguments.last { delimiter = last }
        guard !delimiter.isEmpty else { throw call.refusal }
        if call.arguments.count == 2, let brackets = call.arguments.first {
            guard brackets.count <= 2 else { throw call.refusal }
            open = String(brackets.prefix(1))
            close = String(brackets.suffix(1))
        }
    }

    /// The items of a text; nil if it is no list.
    func items(of text: String) -> [Value]? {
        guard text.hasPrefix(open), text.hasSuffix(close), text.count >= open.count + close.count
        else { return nil }
        let inner = text.dropFirst(open.count).dropLast(close.count)
        return inner.isEmpty ? [] : String(inner).split(by: delimiter).map { .text($0) }
    }
}

extension String {
    /// The parts between a delimiter, empty ones too.
    fileprivate func split(by delimiter: String) -> [String] {
        split(separator: delimiter, omittingEmptySubsequences: false).map(String.init)
    }
}
