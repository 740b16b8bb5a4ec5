internal import Basics
internal import HTTP

/// Changes of header fields, compiled: removals first, then additions in order, as in Envoy.
struct HeaderEdits {
    private struct Addition {
        var name: FieldName
        /// The name as it is sent.
        var written: [UInt8]
        var value: CommandText
        /// The value, if it is the same for all.
        var constant: [UInt8]?
        var mode: HeaderAddition.Mode
        var keepsEmpty: Bool
        /// What the request must pass.
        var tests: [FieldTest]
        var isForSuccess: Bool
        var rewrite: FieldRewrite?
    }

    private var removals: [FieldName] = []
    private var additions: [Addition] = []
    private var isConditional = false

    init() {}

    /// Compiles changes; those of several levels follow each other.
    init(
        removals: [String],
        additions: [HeaderAddition],
        hostname: String = ""
    ) throws(Failure) {
        try append(removals: removals, additions: additions, hostname: hostname)
    }

    /// Whether nothing changes.
    var isEmpty: Bool { removals.isEmpty && additions.isEmpty }

    /// Adds the changes of another level.
    mutating func append(
        removals: [String],
        additions: [HeaderAddition],
        hostname: String
    ) throws(Failure) {
        self.removals += removals.map { FieldName($0) }
        for addition in additions {
            var tests: [FieldTest] = []
            for condition in addition.conditions { tests.append(try FieldTest(condition)) }
            isConditional = isConditional || !tests.isEmpty
            let value = try CommandText(addition.value, missing: "", hostname: hostname)
            self.additions.append(
                Addition(
                    name: FieldName(addition.name),
                    written: Array(addition.name.utf8),
                    value: value,
                    constant: value.constant,
                    mode: addition.mode,
                    keepsEmpty: addition.keepsEmpty,
                    tests: tests,
                    isForSuccess: addition.isForSuccess,
                    rewrite: try addition.rewriting.map { settings throws(Failure) in
                        try FieldRewrite(settings, addition.value)
                    }
                )
            )
        }
    }

    /// Which additions are made, judged before any is: what one changes is not seen by the others.
    private func chosen(for head: borrowing RequestHead) -> [Bool] {
        var chosen: [Bool] = []
        for addition in additions {
            var passes = true
            for test in addition.tests where !test.passes(head) { passes = false }
            chosen.append(passes)
        }
        return chosen
    }

    /// Changes a request; `scratch` is empty before and after.
    func apply(
        to head: inout RequestHead,
        _ record: borrowing AccessRecord,
        scratch: inout ByteBuffer
    ) {
        for name in removals where name.kind == .field { name.removeAll(from: &head.fields) }
        if additions.isEmpty { return }
        let chosen = isConditional ? chosen(for: head) : []
        let response = ResponseHead()
        let trailers = HeaderBlock()
        for index in additions.indices {
            if isConditional, !chosen[index] { continue }
            if let rewrite = additions[index].rewrite {
                rewrite.apply(additions[index].name, to: &head.fields, scratch: &scratch)
                continue
            }
            fill(
                index,
                record,
                request: head,
                response: response,
                trailers: trailers,
                into: &scratch
            )
            switch additions[index].name.kind {
            case .authority: if !scratch.isEmpty { head.setAuthority(scratch.readable) }
            case .field: add(index, scratch.readable, to: &head.fields)
            case .method, .path, .scheme, .status: break
            }
            scratch.removeAll()
        }
    }

    /// Changes a response to a request; `scratch` is empty before and after.
    func apply(
        to head: inout ResponseHead,
        request: borrowing RequestHead,
        _ record: borrowing AccessRecord,
        scratch: inout ByteBuffer
    ) {
        for name in removals { name.removeAll(from: &head.fields) }
        if additions.isEmpty { return }
        let chosen = isConditional ? chosen(for: request) : []
        let trailers = HeaderBlock()
        for index in additions.indices {
            if isConditional, !chosen[index] { continue }
            if additions[index].isForSuccess, !Self.isSuccess(head.status) { continue }
            if let rewrite = additions[index].rewrite {
                rewrite.apply(additions[index].name, to: &head.fields, scratch: &scratch)
                continue
            }
            fill(
                index,
                record,
                request: request,
                response: head,
                trailers: trailers,
                into: &scratch
            )
            add(index, scratch.readable, to: &head.fields)
            scratch.removeAll()
        }
    }

    private static func isSuccess(_ status: Int) -> Bool {
        switch status {
        case 200, 201, 204, 206, 301...304, 307, 308: true
        default: false
        }
    }

    private func fill(
        _ index: Int,
        _ record: borrowing AccessRecord,
        request: borrowing RequestHead,
        response: borrowing ResponseHead,
        trailers: borrowing HeaderBlock,
        into scratch: inout ByteBuffer
    ) {
        if let constant = additions[index].constant {
            scratch.append(constant.span)
        } else {
            additions[index].value.write(
                record,
                request: request,
                response: response,
                trailers: trailers,
                into: &scratch
            )
        }
    }

    private func add(_ index: Int, _ value: Span<UInt8>, to fields: inout HeaderBlock) {
        let addition = additions[index]
        if value.isEmpty && !addition.keepsEmpty { return }
        // Names of certificates and the like may hold what would end the line.
        if addition.constant == nil, value.hasControl { return }
        switch addition.mode {
        case .append: append(addition, value, to: &fields)
        case .overwrite:
            addition.name.removeAll(from: &fields)
            append(addition, value, to: &fields)
        case .addIfAbsent:
            if addition.name.first(in: fields) == nil { append(addition, value, to: &fields) }
        case .overwriteIfPresent:
            if addition.name.first(in: fields) != nil {
                addition.name.removeAll(from: &fields)
                append(addition, value, to: &fields)
            }
        }
    }

    private func append(_ addition: Addition, _ value: Span<UInt8>, to fields: inout HeaderBlock) {
        fields.append(name: addition.written.span, value: value)
    }
}

extension Span<UInt8> {
    /// Whether there is a byte that may not stand in a field's value.
    fileprivate var hasControl: Bool {
        for index in indices where self[index] < 0x20 && self[index] != 9 || self[index] == 0x7F {
            return true
        }
        return false
    }
}
