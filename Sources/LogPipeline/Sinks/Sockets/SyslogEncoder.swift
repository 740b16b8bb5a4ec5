import Basics
import Records

/// Writes records as syslog messages (RFC 5424, RFC 3164).
struct SyslogEncoder: Sendable {
    private enum Part: String, CaseIterable {
        case severity, facility, hostname, appname, procid, msgid, sd, message
    }

    /// The parts of an RFC 5424 header, and how many bytes each may have.
    private static let heads: [(Part, Int)] = [
        (.hostname, 255), (.appname, 48), (.procid, 128), (.msgid, 32),
    ]
    private let settings: SyslogSinkSettings
    private var paths: [Part: RecordPath] = [:]
    private var json = RecordEncoder(Encoding(.json))
    private var clock: TimePattern
    private var body: [UInt8] = []

    private static let severities = [
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
    ]
    private static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv", "ftp", "ntp", "security", "console", "solaris-cron", "local0", "local1",
        "local2", "local3", "local4", "local5", "local6", "local7",
    ]
    /// Other names that programs give to severities.
    private static let synonyms = [
        "emergency": 0, "panic": 0, "fatal": 2, "critical": 2, "error": 3, "warn": 4,
        "informational": 6, "information": 6, "trace": 7,
    ]

    init(_ settings: SyslogSinkSettings) {
        self.settings = settings
        for part in Part.allCases {
            if let key = settings.keys[part.rawValue] { paths[part] = RecordPath(accessor: key) }
        }
        clock = TimePattern(settings.isRFC5424 ? "%Y-%m-%dT%H:%M:%S.%6NZ" : "%b %e %H:%M:%S")
    }

    /// Appends a record's message, without what frames it.
    ///
    /// A message beyond the limit is cut there.
    mutating func append(_ event: inout Event, to output: inout [UInt8]) {
        let start = output.count
        let severity = number(.severity, &event, Self.severities, 6)
        let facility = number(.facility, &event, Self.facilities, 1)
        output.append(UInt8(ascii: "<"))
        output.append(decimal: Int64(facility * 8 + severity))
        output.append(UInt8(ascii: ">"))
        if settings.isRFC5424 {
            append5424(&event, to: &output)
        } else {
            append3164(&event, to: &output)
        }
        let most = start + max(64, settings.messageLimit)
        guard output.count > most else { return }
        var end = most
        // Not in the middle of a character.
        while end > start, output[end] & 0xC0 == 0x80 { end -= 1 }
        output.removeSubrange(end...)
    }

    private mutating func append5424(_ event: inout Event, to output: inout [UInt8]) {
        output.append(text: "1 ")
        clock.append(event.time, to: &output)
        for (part, limit) in Self.heads {
            output.append(0x20)
            let text = words(part, &event).filter { 33...126 ~= $0 }.prefix(limit)
            if text.isEmpty { output.append(0x2D) } else { output.append(contentsOf: text) }
        }
        output.append(0x20)
        appendData(&event, to: &output)
        message(&event)
        guard !body.isEmpty else { return }
        output.append(0x20)
        output.append(contentsOf: body)
    }

    private mutating func append3164(_ event: inout Event, to output: inout [UInt8]) {
        clock.append(event.time, to: &output)
        output.append(0x20)
        let host = words(.hostname, &event).filter { 33...126 ~= $0 }
        if !host.isEmpty {
            output.append(contentsOf: host)
            output.append(0x20)
        }
        let name = words(.appname, &event).filter { 33...126 ~= $0 }
        if !name.isEmpty {
            output.append(contentsOf: name.prefix(48))
            let process = words(.procid, &event).filter { 33...126 ~= $0 }
            if !process.isEmpty {
                output.append(UInt8(ascii: "["))
                output.append(contentsOf: process.prefix(128))
                output.append(UInt8(ascii: "]"))
            }
            output.append(text: ": ")
        }
        message(&event)
        output.append(contentsOf: body)
    }

    // MARK: Parts

    private func find(_ part: Part, _ event: inout Event) -> Value? {
        paths[part]?.value(in: event.fields)
    }

    private func words(_ part: Part, _ event: inout Event) -> [UInt8] {
        var text: [UInt8] = []
        if let value = find(part, &event) {
            ValueText.append(value, to: &text)
        } else if let preset = settings.presets[part.rawValue] {
            text.append(text: preset)
        }
        return text
    }

    private func number(
        _ part: Part,
        _ event: inout Event,
        _ names: [String],
        _ usual: Int
    ) -> Int {
        let text = String(decoding: words(part, &event), as: UTF8.self).lowercased()
        if let number = Int(text), names.indices.contains(number) { return number }
        if let index = names.firstIndex(of: text) { return index }
        return part == .severity ? Self.synonyms[text] ?? usual : usual
    }

    /// What the message says: a field, or the whole record; line ends would end it early.
    private mutating func message(_ event: inout Event) {
        body.removeAll(keepingCapacity: true)
        if let value = find(.message, &event) {
            ValueText.append(value, to: &body)
        } else if let preset = settings.presets["message"] {
            body.append(text: preset)
        } else {
            json.append(&event, to: &body)
        }
        guard !settings.countsOctets else { return }
        for place in body.indices where body[place] == 10 || body[place] == 0 { body[place] = 0x20 }
    }

    /// Structured data: maps of maps, as `sd`'s field has them.
    private func appendData(_ event: inout Event, to output: inout [UInt8]) {
        guard let key = settings.keys["sd"], case .object(let map)? = find(.sd, &event),
            !map.isEmpty
        else {
            output.append(0x2D)
            return
        }
        let isNested = map.allSatisfy { if case .object = $0.value { true } else { false } }
        let name = key.drop { $0 == "$" }
        let elements =
            isNested ? Array(map) : [Fields.Entry(String(name), .object(map))]
        for element in elements {
            guard case .object(let parameters) = element.value else { continue }
            output.append(UInt8(ascii: "["))
            Self.append(name: element.key, to: &output)
            for parameter in parameters {
                var text: [UInt8] = []
                ValueText.append(parameter.value, to: &text)
                output.append(0x20)
                Self.append(name: parameter.key, to: &output)
                output.append(text: "=\"")
                for byte in text {
                    if [0x22, 0x5C, 0x5D].contains(byte) { output.append(0x5C) }
                    output.append(byte == 10 ? 0x20 : byte)
                }
                output.append(0x22)
            }
            output.append(UInt8(ascii: "]"))
        }
    }

    private static func append(name: String, to output: inout [UInt8]) {
        for byte in name.utf8.prefix(32) {
            let isFine = 33...126 ~= byte && ![0x22, 0x3D, 0x5D].contains(byte)
            output.append(isFine ? byte : UInt8(ascii: "_"))
        }
    }
}
