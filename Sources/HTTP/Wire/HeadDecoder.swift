/// Reads heads of HTTP/1 messages: one pass over the bytes, nothing allocated.
///
/// Requests are read strictly: where two readers could differ, requests are smuggled. Every line ends in
/// CR LF, no line is folded, nothing stands between a name and its colon, and a length is said once.
/// Responses are read as widely used servers need it: bare line feeds end lines too, folded lines are
/// joined and blanks before a colon dropped (RFC 9112 sections 2.2, 5.1 and 5.2), equal lengths may repeat;
/// bare CR, NUL and contradictory lengths are refused.
///
/// Until the head is complete it is called again with the same bytes and more, and with the same head.
/// Lines are judged when they are complete, so the result is the same wherever the bytes are cut. After
/// an error the connection has to be closed; `reset` starts anew.
public struct HeadDecoder: Sendable {
    /// How large a head may be.
    public var limits: HeadLimits
    private var lineStart = 0
    /// Up to where the incomplete line has been searched for its end.
    private var scanned = 0
    private var isInFields = false
    private var facts = FramingFacts()

    /// Makes a decoder.
    public init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    /// Forgets a head that was begun.
    public mutating func reset() {
        lineStart = 0
        scanned = 0
        isInFields = false
        facts = FramingFacts()
    }

    /// Whether a head was begun that is not complete.
    public var isInside: Bool { scanned > 0 }

    /// Reads the head of a request; empty lines before it are skipped (RFC 9112 section 2.2).
    ///
    /// - Returns: How many bytes the head has with its empty line, or `nil` if it is not complete.
    /// - Throws: `WireViolation` with the status to answer.
    public mutating func request(
        _ bytes: Span<UInt8>,
        into head: inout RequestHead
    ) throws(WireViolation) -> Int? {
        if !isInFields {
            guard try skipEmptyLines(bytes), mayGoOn(bytes) else { return try pause(bytes) }
            head.removeAll()
            do throws(WireViolation) {
                let next = try StartLine.request(bytes, from: lineStart, into: &head, &facts)
                try enterFields(next)
            } catch {
                return try judge(error, bytes)
            }
        }
        guard mayGoOn(bytes) else { return try pause(bytes) }
        while true {
            let line: FieldLine
            do throws(WireViolation) {
                line = try FieldLine.read(bytes, from: lineStart, isStrict: true)
            } catch {
                return try judge(error, bytes)
            }
            guard line.next <= limits.bytes else { throw WireViolation(.fieldsTooLong) }
            if line.isLast {
                try facts.finish(&head)
                head.fields.commit(bytes.extracting(0..<line.next))
                reset()
                return line.next
            }
            guard head.fields.noted < limits.fields else { throw WireViolation(.tooManyFields) }
            lineStart = line.next
            if try facts.take(line, bytes, of: &head) {
                head.fields.note(line.id, name: line.name, value: line.value)
            }
        }
    }

    /// Reads the head of a response to a request of a method.
    ///
    /// - Returns: How many bytes the head has with its empty line, or `nil` if it is not complete.
    /// - Throws: `WireViolation`; the status is of no use here, the client gets a 502.
    public mutating func response(
        _ bytes: Span<UInt8>,
        to method: HTTPMethod,
        into head: inout ResponseHead
    ) throws(WireViolation) -> Int? {
        if !isInFields {
            try StartLine.checkBeginning(bytes)
            guard mayGoOn(bytes) else { return try pause(bytes) }
            head.removeAll()
            do throws(WireViolation) {
                let next = try StartLine.response(bytes, into: &head)
                try enterFields(next)
            } catch {
                return try judge(error, bytes)
            }
        }
        guard mayGoOn(bytes) else { return try pause(bytes) }
        while true {
            let line: FieldLine
            do throws(WireViolation) {
                line = try FieldLine.read(bytes, from: lineStart, isStrict: false)
            } catch {
                return try judge(error, bytes)
            }
            guard line.next <= limits.bytes else { throw WireViolation(.fieldsTooLong) }
            if line.isLast {
                try facts.finish(&head, to: method)
                head.fields.commit(bytes.extracting(0..<line.next))
                if facts.isFolded { head.fields.unfold() }
                if facts.isLengthIgnored { head.fields.removeAll(.contentLength) }
                reset()
                return line.next
            }
            lineStart = line.next
            if line.isFolded {
                guard let last = head.fields.lastNoted, !last.isFraming else {
                    throw WireViolation(.foldedField)
                }
                head.fields.extendLastNoted(line.value)
                facts.isFolded = true
                continue
            }
            guard head.fields.noted < limits.fields else { throw WireViolation(.tooManyFields) }
            try facts.take(line, bytes)
            head.fields.note(line.id, name: line.name, value: line.value)
        }
    }

    /// Whether the incomplete line may have got its end since the last call.
    private func mayGoOn(_ bytes: Span<UInt8>) -> Bool {
        scanned <= lineStart || bytes.lineFeed(from: scanned) != nil
    }

    private mutating func enterFields(_ next: Int) throws(WireViolation) {
        guard next <= limits.bytes else { throw tooLong }
        isInFields = true
        lineStart = next
    }

    /// What did not go well in a line is an error only if the line is complete.
    private mutating func judge(
        _ violation: WireViolation,
        _ bytes: Span<UInt8>
    ) throws(WireViolation) -> Int? {
        guard let feed = bytes.lineFeed(from: lineStart) else { return try pause(bytes) }
        guard feed < limits.bytes else { throw tooLong }
        throw violation
    }

    private mutating func pause(_ bytes: Span<UInt8>) throws(WireViolation) -> Int? {
        scanned = bytes.count
        guard bytes.count < limits.bytes else { throw tooLong }
        return nil
    }

    private var tooLong: WireViolation {
        WireViolation(isInFields ? .fieldsTooLong : .targetTooLong)
    }

    private mutating func skipEmptyLines(_ bytes: Span<UInt8>) throws(WireViolation) -> Bool {
        while lineStart < bytes.count {
            let first = bytes[lineStart]
            // Other protocols show themselves in their first byte; nobody should wait for the rest.
            if first.isTokenByte { return true }
            guard first == 0x0D else { throw WireViolation(.startLine) }
            guard lineStart + 1 < bytes.count else { return false }
            guard bytes[lineStart + 1] == 0x0A else { throw WireViolation(.lineEnd) }
            lineStart += 2
        }
        return false
    }
}
