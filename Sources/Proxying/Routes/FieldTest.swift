internal import Basics
internal import HTTP

/// A test of a header field, or of what the TLS of the connection tells, compiled.
struct FieldTest {
    private enum Test {
        case present
        case text(TextTest)
        case range(Int64, Int64)
    }

    private let name: FieldName
    /// What is tested instead of a field.
    let fact: SecurityFact?
    private let test: Test
    private let isInverted: Bool
    private let treatsMissingAsEmpty: Bool

    init(_ match: HeaderMatch) throws(Failure) {
        name = FieldName(match.name)
        fact = SecurityFact(command: match.name)
        isInverted = match.isInverted
        treatsMissingAsEmpty = match.treatsMissingAsEmpty
        switch match.test {
        case .present: test = .present
        case .text(let text): test = .text(try TextTest(text))
        case .range(let lower, let upper): test = .range(lower, upper)
        }
    }

    /// Whether a request passes.
    func passes(_ head: borrowing RequestHead, _ security: ConnectionSecurity? = nil) -> Bool {
        if let fact { return passes(security?.text(fact) ?? []) }
        return switch name.kind {
        case .field: passes(head.fields)
        case .method: passes(head.methodName)
        case .path: passes(head.path)
        case .authority: passes(head.authority)
        case .scheme: passes(scheme: head.scheme)
        case .status: false
        }
    }

    private func passes(_ text: [UInt8]) -> Bool {
        text.isEmpty ? passesMissing : passes(text.span)
    }

    private func passes(scheme: HTTPScheme) -> Bool {
        let name = Array("\(scheme.name)".utf8)
        return passes(name.span)
    }

    /// Whether the fields of a response pass.
    func passes(_ fields: borrowing HeaderBlock) -> Bool {
        guard let index = name.first(in: fields) else { return passesMissing }
        if name.first(in: fields, from: index + 1) == nil { return passes(fields.value(index)) }
        // Several fields of one name are one value; seldom, so memory may be asked for.
        var joined: [UInt8] = []
        var next: Int? = index
        while let place = next {
            if place != index { joined.append(UInt8(ascii: ",")) }
            joined += Array(copying: fields.value(place))
            next = name.first(in: fields, from: place + 1)
        }
        return passes(joined.span)
    }

    /// Whether it passes that there is no such field.
    private var passesMissing: Bool {
        if case .present = test { return isInverted }
        if treatsMissingAsEmpty {
            let nothing: [UInt8] = []
            return passes(nothing.span)
        }
        // Envoy: a test of a field that is not there fails, turned round or not.
        return false
    }

    private func passes(_ value: Span<UInt8>) -> Bool {
        switch test {
        case .present: return !isInverted
        case .text(let text): return text.passes(value) != isInverted
        case .range(let lower, let upper):
            guard let number = Self.integer(value) else { return isInverted }
            return (number >= lower && number < upper) != isInverted
        }
    }

    private static func integer(_ value: Span<UInt8>) -> Int64? {
        if !value.isEmpty, value[0] == UInt8(ascii: "-") {
            return RetryWishes.number(value.extracting(1..<value.count)).map { -Int64($0) }
        }
        return RetryWishes.number(value).map { Int64($0) }
    }
}

/// A test of a parameter of the query, compiled.
struct QueryTest {
    private let name: [UInt8]
    private let test: TextTest?

    init(_ match: QueryMatch) throws(Failure) {
        name = Array(match.name.utf8)
        if let text = match.test { test = try TextTest(text) } else { test = nil }
    }

    /// Whether a path with its query passes.
    func passes(_ path: Span<UInt8>) -> Bool {
        guard let range = path.parameter(name.span) else { return false }
        return test?.passes(path.extracting(range)) ?? true
    }
}

extension Span<UInt8> {
    /// Where the path without its query ends.
    var queryStart: Int { firstIndex(of: UInt8(ascii: "?")) ?? count }

    /// Where the value of a parameter of the query stands in a path; the first of that name, not decoded.
    func parameter(_ name: Span<UInt8>) -> Range<Int>? {
        var start = queryStart + 1
        while start < count {
            let end = firstIndex(of: UInt8(ascii: "&"), from: start) ?? count
            let pair = extracting(start..<end)
            let sign = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.count
            if pair.extracting(0..<sign).equals(name) {
                return Swift.min(start + sign + 1, end)..<end
            }
            start = end + 1
        }
        return nil
    }

    /// Where the value of a cookie stands in a `cookie` field.
    func cookie(_ name: Span<UInt8>) -> Range<Int>? {
        var start = 0
        while start < count {
            let end = firstIndex(of: UInt8(ascii: ";"), from: start) ?? count
            var from = start
            while from < end && self[from] == 0x20 { from += 1 }
            let pair = extracting(from..<end)
            if let sign = pair.firstIndex(of: UInt8(ascii: "=")),
                pair.extracting(0..<sign).equals(name)
            {
                return from + sign + 1..<end
            }
            start = end + 1
        }
        return nil
    }
}
