internal import Basics
internal import HTTP

/// A text with Envoy's command operators (`%RESPONSE_CODE%`), compiled once and written without a
/// `String` for every request: lines of access logs, values of header fields, bodies.
final class CommandText {
    private struct Step {
        var operation: CommandOperator
        /// Of a literal where it begins in `literals`, of a time its index into `times`, else a form.
        var first: Int32 = 0
        /// Of a literal where it ends.
        var second: Int32 = -1
        /// Of a field its name and the one that is taken if there is no such field.
        var name = Name()
        var alternative = Name()
        /// The most bytes that are written.
        var limit: Int32 = .max
    }

    /// A field name without its text, which only names that are not well known need.
    private struct Name {
        var kind = FieldName.Kind.field
        var id = HeaderID.other
        /// The index into `names`; -1 is no name.
        var place: Int32 = -1
    }

    private let steps: [Step]
    private let literals: [UInt8]
    private let names: [FieldName]
    private let times: [TimeFormat]
    /// What is written for what is not known.
    private let missing: StaticString

    /// Compiles a text.
    ///
    /// `hostname` stands for `%HOSTNAME%`, and `environment` is asked for `%ENVIRONMENT(X)%`.
    ///
    /// - Throws: `invalid` for an unknown command or one that is not closed.
    init(
        _ text: String,
        missing: StaticString = "-",
        hostname: String = "",
        environment: (String) -> String? = { _ in nil }
    ) throws(Failure) {
        self.missing = missing
        var parts = Parts()
        let bytes = Array(text.utf8)
        var index = 0
        var start = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%") else {
                index += 1
                continue
            }
            parts.add(literal: bytes[start..<index])
            if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "%") {
                parts.add(literal: bytes[index...index])
                index += 2
            } else {
                let command = try Command(bytes, after: index + 1, in: text)
                if command.name == "HOSTNAME" {
                    parts.add(literal: command.cut(hostname))
                } else if command.name == "ENVIRONMENT" {
                    let value = environment(command.argument) ?? String(describing: missing)
                    parts.add(literal: command.cut(value))
                } else {
                    try parts.add(command, in: text)
                }
                index = command.end
            }
            start = index
        }
        parts.add(literal: bytes[start...])
        (steps, literals) = (parts.steps, parts.literals)
        (names, times) = (parts.names, parts.times)
    }

    /// Whether every request gets the same.
    var isConstant: Bool { steps.allSatisfy { $0.operation == .literal } }

    /// The text, if every request gets the same.
    var constant: [UInt8]? { isConstant ? literals : nil }

    /// Whether it is one command and nothing else, and if so whether a number.
    var single: (isSingle: Bool, isNumber: Bool) {
        guard steps.count == 1, steps[0].operation != .literal else { return (false, false) }
        return (true, steps[0].operation.isNumber)
    }

    /// Writes the text.
    ///
    /// - Returns: Whether everything in it was known.
    @discardableResult
    func write(
        _ record: some AccessFacts,
        request: borrowing RequestHead,
        response: borrowing ResponseHead,
        trailers: borrowing HeaderBlock,
        into buffer: inout ByteBuffer
    ) -> Bool {
        var isKnown = true
        for index in steps.indices {
            let step = steps[index]
            if step.operation == .literal {
                buffer.append(literals, in: Int(step.first)..<Int(step.second))
                continue
            }
            let before = buffer.count
            let written: Bool
            switch step.operation {
            case .startTime:
                let time = Unretained(times[Int(step.first)])
                time.lend { $0.write(record.start, into: &buffer) }
                written = true
            case .request: written = field(step, of: request, into: &buffer)
            case .response: written = field(step, of: response, into: &buffer)
            case .trailer: written = field(step, of: trailers, into: &buffer)
            case .authorization:
                written =
                    record.authorization.map { field(step, of: $0.head, into: &buffer) } ?? false
            case .grpcStatus, .grpcStatusNumber:
                written = grpcStatus(
                    step,
                    response: response,
                    trailers: trailers,
                    into: &buffer
                )
            case .scheme: written = record.write(scheme: request.scheme, into: &buffer)
            case .requestHost: written = host(request, into: &buffer)
            case .requestPath:
                buffer.append(request.path.extracting(0..<request.path.queryStart))
                written = request.path.count > 0
            case .requestQuery:
                let start = request.path.queryStart + 1
                written = start < request.path.count
                if written { buffer.append(request.path.extracting(start..<request.path.count)) }
            case .forwardedChain: written = chain(record, request.fields, into: &buffer)
            case .traceID: written = traceID(request, into: &buffer)
            case .requestHeadBytes:
                buffer.append(decimal: record.version == nil ? 0 : request.byteCount)
                written = true
            case .responseHeadBytes:
                buffer.append(decimal: record.status == 0 ? 0 : response.byteCount)
                written = true
            case .security:
                let fact = SecurityFact(rawValue: Int(step.first))
                written = fact.map { record.write($0, into: &buffer) } ?? false
            case .peerStart, .peerEnd:
                let isEnd = step.operation == .peerEnd
                written = time(Int(step.first), record.security?.time(isEnd: isEnd), into: &buffer)
            default: written = record.write(step.operation, into: &buffer)
            }
            if !written {
                isKnown = false
                buffer.append(missing)
            } else if buffer.count - before > Int(step.limit) {
                buffer.retract(buffer.count - before - Int(step.limit))
            }
        }
        return isKnown
    }

    /// A moment, if there is one.
    private func time(
        _ place: Int,
        _ moment: Timestamp?,
        into buffer: inout ByteBuffer
    ) -> Bool {
        guard let moment else { return false }
        times[place].write(moment, into: &buffer)
        return true
    }

    private func chain(
        _ record: some AccessFacts,
        _ fields: borrowing HeaderBlock,
        into buffer: inout ByteBuffer
    ) -> Bool {
        var next = fields.first(.xForwardedFor)
        while let index = next {
            buffer.append(fields.value(index))
            buffer.append(", ")
            next = fields.first(.xForwardedFor, from: index + 1)
        }
        return record.write(.downstreamRemoteAddress, into: &buffer)
    }

    private func host(_ head: borrowing RequestHead, into buffer: inout ByteBuffer) -> Bool {
        let end = HostTable.hostEnd(head.authority, before: nil) ?? head.authority.count
        for index in 0..<end {
            let byte = head.authority[index]
            buffer.append(byte: byte &- 0x41 < 26 ? byte | 0x20 : byte)
        }
        return end > 0
    }

    private func field(
        _ step: Step,
        of head: borrowing RequestHead,
        into buffer: inout ByteBuffer
    ) -> Bool {
        field(step.name, of: head, into: &buffer)
            || field(step.alternative, of: head, into: &buffer)
    }

    private func field(
        _ name: Name,
        of head: borrowing RequestHead,
        into buffer: inout ByteBuffer
    ) -> Bool {
        switch name.kind {
        case .method:
            if head.methodName.isEmpty { return false }
            buffer.append(head.methodName)
        case .path:
            if head.path.isEmpty { return false }
            buffer.append(head.path)
        case .authority:
            if head.authority.isEmpty { return false }
            buffer.append(head.authority)
        case .scheme:
            if head.scheme == .unknown { return false }
            buffer.append(head.scheme.name)
        case .status: return false
        case .field: return field(name, of: head.fields, into: &buffer)
        }
        return true
    }

    private func field(
        _ step: Step,
        of head: borrowing ResponseHead,
        into buffer: inout ByteBuffer
    ) -> Bool {
        if step.name.kind == .status {
            buffer.append(decimal: head.status)
            return true
        }
        return field(step, of: head.fields, into: &buffer)
    }

    private func field(
        _ step: Step,
        of fields: borrowing HeaderBlock,
        into buffer: inout ByteBuffer
    ) -> Bool {
        field(step.name, of: fields, into: &buffer)
            || field(step.alternative, of: fields, into: &buffer)
    }

    private func field(
        _ name: Name,
        of fields: borrowing HeaderBlock,
        into buffer: inout ByteBuffer
    ) -> Bool {
        let found: Int? =
            if name.id != .other {
                fields.first(name.id)
            } else if name.place >= 0 {
                names[Int(name.place)].first(in: fields)
            } else {
                nil
            }
        guard let found else { return false }
        buffer.append(fields.value(found))
        return true
    }

    /// The trace of W3C's `traceparent`: 32 digits after the version.
    private func traceID(
        _ request: borrowing RequestHead,
        into buffer: inout ByteBuffer
    ) -> Bool {
        guard let index = request.fields.first(.traceParent) else { return false }
        let value = request.fields.value(index)
        if value.count < 35 { return false }
        buffer.append(value.extracting(3..<35))
        return true
    }

    private func grpcStatus(
        _ step: Step,
        response: borrowing ResponseHead,
        trailers: borrowing HeaderBlock,
        into buffer: inout ByteBuffer
    ) -> Bool {
        let number: Int?
        if let index = trailers.first(.grpcStatus) {
            number = RetryWishes.number(trailers.value(index))
        } else if let index = response.fields.first(.grpcStatus) {
            number = RetryWishes.number(response.fields.value(index))
        } else {
            return false
        }
        guard let number else { return false }
        if step.operation == .grpcStatusNumber || step.first == 1
            || !GRPCStatus.names.indices.contains(number)
        {
            buffer.append(decimal: number)
        } else {
            buffer.append((step.first == 2 ? GRPCStatus.snake : GRPCStatus.names)[number])
        }
        return true
    }

    // MARK: Compiling

    /// The parts of a text that is being compiled.
    private struct Parts {
        var steps: [Step] = []
        var literals: [UInt8] = []
        var names: [FieldName] = []
        var times: [TimeFormat] = []

        mutating func add(literal bytes: ArraySlice<UInt8>) {
            if bytes.isEmpty { return }
            let start = Int32(literals.count)
            literals += bytes
            let end = Int32(literals.count)
            if let last = steps.indices.last, steps[last].operation == .literal {
                steps[last].second = end
            } else {
                steps.append(Step(operation: .literal, first: start, second: end))
            }
        }

        mutating func add(_ command: Command, in text: String) throws(Failure) {
            guard let operation = CommandOperator.names[command.name] else {
                let known = CommandOperator.names.keys.sorted()
                let nearest = NearestMatch.of(command.name, among: known)
                throw Failure(
                    .invalid,
                    "unknown command %\(command.name)% in \"\(text)\"",
                    remedy: nearest.map { "did you mean %\($0)%" } ?? ""
                )
            }
            var step = Step(operation: operation, limit: command.limit)
            switch operation {
            case .security:
                step.first = Int32(SecurityFact.commands[command.name]?.rawValue ?? -1)
            case .startTime, .peerStart, .peerEnd:
                step.first = Int32(times.count)
                let format = command.argument.isEmpty ? TimeFormat.standard : command.argument
                times.append(TimeFormat(format))
            case .request, .response, .trailer, .authorization:
                let alternatives = command.argument.split(
                    separator: "?",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                guard let name = alternatives.first, !name.isEmpty else {
                    throw Failure(
                        .invalid,
                        "%\(command.name)% in \"\(text)\" names no field",
                        remedy: "write %\(command.name)(NAME)%"
                    )
                }
                step.name = add(name: String(name))
                if alternatives.count == 2, !alternatives[1].isEmpty {
                    step.alternative = add(name: String(alternatives[1]))
                }
            case .grpcStatus:
                step.first =
                    command.argument == "NUMBER" ? 1 : command.argument == "SNAKE_STRING" ? 2 : 0
            default: break
            }
            steps.append(step)
        }

        private mutating func add(name text: String) -> Name {
            let name = FieldName(text)
            names.append(name)
            return Name(kind: name.kind, id: name.id, place: Int32(names.count - 1))
        }
    }

    /// `NAME(ARGUMENT):LIMIT%`.
    private struct Command {
        var name = ""
        var argument = ""
        var limit = Int32.max
        var end: Int

        init(_ bytes: [UInt8], after start: Int, in text: String) throws(Failure) {
            var index = start
            while index < bytes.count, Self.isNameByte(bytes[index]) { index += 1 }
            name = String(decoding: bytes[start..<index], as: UTF8.self)
            if index < bytes.count, bytes[index] == UInt8(ascii: "(") {
                let open = index + 1
                while index < bytes.count, bytes[index] != UInt8(ascii: ")") { index += 1 }
                argument = String(decoding: bytes[min(open, index)..<index], as: UTF8.self)
                index += 1
            }
            if index < bytes.count, bytes[index] == UInt8(ascii: ":") {
                index += 1
                let digits = bytes[index...].prefix { $0 &- 0x30 < 10 }
                guard let number = Int32(String(decoding: digits, as: UTF8.self)) else {
                    throw Failure(.invalid, "%\(name):% in \"\(text)\" has no length")
                }
                limit = number
                index += digits.count
            }
            guard !name.isEmpty, index < bytes.count, bytes[index] == UInt8(ascii: "%") else {
                throw Failure(
                    .invalid,
                    "a command in \"\(text)\" is not closed",
                    remedy: "write %NAME%, or %% for the character itself"
                )
            }
            end = index + 1
        }

        /// The bytes of a value that is known already.
        func cut(_ value: String) -> ArraySlice<UInt8> {
            Array(value.utf8.prefix(Int(limit)))[...]
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            byte &- 0x41 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_")
        }
    }
}
