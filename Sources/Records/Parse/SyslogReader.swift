import Basics

/// Reads messages of syslog.
struct SyslogReader: ~Escapable {
    var cursor: TimeCursor
    private let now: Timestamp
    private let zone: Zone

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, now: Timestamp, zone: Zone) {
        cursor = TimeCursor(bytes)
        self.now = now
        self.zone = zone
    }

    private var bytes: Span<UInt8> {
        @_lifetime(copy self)
        get { cursor.bytes }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard cursor.peek == byte else { return false }
        cursor.at += 1
        return true
    }

    /// All until a blank.
    private mutating func word() -> Range<Int> {
        let start = cursor.at
        while let byte = cursor.peek, byte != 0x20 { cursor.at += 1 }
        return start..<cursor.at
    }

    private func text(_ range: Range<Int>) -> Bytes { Bytes(copying: bytes.extracting(range)) }

    /// A word; nil for `-`.
    private func optional(_ range: Range<Int>) -> Bytes? {
        range.count == 1 && bytes[range.lowerBound] == 0x2D ? nil : text(range)
    }

    private mutating func priority() -> Int? {
        guard take(0x3C), let value = try? cursor.number(1, 3), value < 256, take(0x3E) else {
            return nil
        }
        return value
    }

    /// The rest without white space at its ends.
    private mutating func rest() -> Bytes {
        while let byte = cursor.peek, byte == 0x20 { cursor.at += 1 }
        var end = bytes.count
        if end > cursor.at, bytes[end - 1] == 0x0A { end -= 1 }
        return text(cursor.at..<end)
    }

    // MARK: RFC 5424

    mutating func modern() -> SyslogMessage? {
        var message = SyslogMessage()
        guard let priority = priority(), let version = try? cursor.number(1, 3), version > 0,
            take(0x20)
        else { return nil }
        message.priority = priority
        message.version = version
        let time = word()
        if let text = optional(time) {
            guard let known = try? Timestamp(rfc3339: text.span) else { return nil }
            message.timestamp = known
        }
        var words: [Range<Int>] = []
        for _ in 0..<4 {
            guard take(0x20) else { return nil }
            words.append(word())
            guard let last = words.last, !last.isEmpty else { return nil }
        }
        message.hostname = optional(words[0])
        message.appname = optional(words[1])
        message.procid = optional(words[2])
        message.msgid = optional(words[3])
        guard take(0x20) else { return nil }
        if !take(0x2D) {
            while cursor.peek == 0x5B {
                let start = cursor.at
                guard let element = element(mayBeEmpty: true) else {
                    // Some programs write no structured data at all.
                    cursor.at = start
                    break
                }
                message.elements.append(element)
            }
        }
        message.message = rest()
        return message
    }

    /// `[id name="value" ...]`.
    private mutating func element(mayBeEmpty: Bool) -> SyslogMessage.Element? {
        guard take(0x5B) else { return nil }
        let start = cursor.at
        while let byte = cursor.peek, !byte.isSpace, byte != 0x5D, byte != 0x3D, byte != 0x22 {
            cursor.at += 1
        }
        let id = start..<cursor.at
        guard !id.isEmpty else { return nil }
        var parameters = FieldsBuilder()
        while true {
            cursor.skipSpace()
            if take(0x5D) { break }
            let start = cursor.at
            while let byte = cursor.peek, byte != 0x3D, byte != 0x5D, !byte.isSpace, byte != 0x22 {
                cursor.at += 1
            }
            let name = start..<cursor.at
            guard !name.isEmpty, take(0x3D) else { return nil }
            cursor.skipSpace()
            guard take(0x22), let value = value() else { return nil }
            parameters.set(text(name).text, .bytes(value))
        }
        guard mayBeEmpty || !parameters.fields.isEmpty else { return nil }
        return SyslogMessage.Element(id: text(id).text, parameters: parameters.fields)
    }

    /// A value up to its quote, with `\"`, `\\` and `\]` undone.
    private mutating func value() -> Bytes? {
        var output: [UInt8] = []
        while let byte = cursor.peek {
            cursor.at += 1
            if byte == 0x22 { return Bytes(output) }
            if byte == 0x5C, let next = cursor.peek, next == 0x22 || next == 0x5C || next == 0x5D {
                output.append(next)
                cursor.at += 1
            } else {
                output.append(byte)
            }
        }
        return nil
    }

    // MARK: RFC 3164

    mutating func old() -> SyslogMessage? {
        var message = SyslogMessage()
        message.priority = priority()
        if message.priority == nil { cursor.at = 0 }
        cursor.skipSpace()
        message.timestamp = oldTime()
        guard message.priority != nil || message.timestamp != nil else { return nil }
        _ = take(0x3A)
        cursor.skipSpace()
        names(&message)
        while let byte = cursor.peek, byte == 0x20 { cursor.at += 1 }
        while cursor.peek == 0x5B {
            let start = cursor.at
            guard let element = element(mayBeEmpty: false) else {
                cursor.at = start
                break
            }
            message.elements.append(element)
        }
        message.message = rest()
        return message
    }

    /// `Jun 13 16:33:35`, also with a year or a fraction, or RFC 3339.
    private mutating func oldTime() -> Timestamp? {
        let start = cursor.at
        if let first = cursor.peek, first.isDigit {
            let word = word()
            if let time = try? Timestamp(rfc3339: bytes.extracting(word)) { return time }
            cursor.at = start
            return nil
        }
        guard let time = namedTime() else {
            cursor.at = start
            return nil
        }
        return time
    }

    private mutating func namedTime() -> Timestamp? {
        guard let month = try? cursor.month(isLong: false), take(0x20) else { return nil }
        cursor.skipSpace()
        guard let day = try? cursor.number(1, 2), take(0x20) else { return nil }
        var year: Int?
        let start = cursor.at
        if let number = try? cursor.number(4, 4), take(0x20) {
            year = number
        } else {
            cursor.at = start
        }
        guard let hour = try? cursor.number(2, 2), take(0x3A),
            let minute = try? cursor.number(2, 2), take(0x3A),
            let second = try? cursor.number(2, 2), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var nanosecond = 0
        if cursor.peek == 0x2E {
            cursor.at += 1
            guard let fraction = try? cursor.fraction() else { return nil }
            nanosecond = fraction
        }
        let today = zone.civil(now)
        // Without a year, December's messages that come in January are of the last one.
        let known = year ?? (today.month == 1 && month == 12 ? today.year - 1 : today.year)
        guard day <= Gregorian.days(in: month, of: known) else { return nil }
        let civil = CivilTime(
            year: known,
            month: month,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
        let offset = zone.likelyOffset(ofLocal: civil.localSeconds)
        return Timestamp(seconds: civil.localSeconds - offset, nanosecond: nanosecond)
    }

    /// The machine, the program and the process: `host app[1]:`, `app[1]:`, `host app`, `host`.
    private mutating func names(_ message: inout SyslogMessage) {
        let start = cursor.at
        if tag(&message, needsColon: true) { return }
        cursor.at = start
        guard let first = cursor.peek, first != 0x5B else { return }
        let host = word()
        guard !host.isEmpty else { return }
        message.hostname = optional(host)
        let end = cursor.at
        guard take(0x20) else { return }
        if cursor.peek == 0x20 {
            // No program: the message begins.
            return
        }
        if !tag(&message, needsColon: false) { cursor.at = end }
    }

    /// `app[1]:`; the colon may be missing where only a program can stand.
    private mutating func tag(_ message: inout SyslogMessage, needsColon: Bool) -> Bool {
        let start = cursor.at
        while let byte = cursor.peek, byte != 0x20, byte != 0x3A, byte != 0x5B { cursor.at += 1 }
        let app = start..<cursor.at
        guard !app.isEmpty else { return false }
        var process: Bytes?
        if cursor.peek == 0x5B {
            let open = cursor.at + 1
            while let byte = cursor.peek, byte != 0x5D, byte != 0x20 { cursor.at += 1 }
            guard cursor.peek == 0x5D else { return false }
            process = text(open..<cursor.at)
            cursor.at += 1
        }
        let hasColon = take(0x3A)
        guard hasColon ? cursor.peek == 0x20 || cursor.left == 0 : !needsColon else {
            return false
        }
        guard hasColon || cursor.peek == 0x20 || cursor.left == 0 else { return false }
        message.appname = optional(app)
        message.procid = process
        return true
    }
}
