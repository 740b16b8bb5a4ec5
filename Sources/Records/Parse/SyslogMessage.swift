public import Basics

/// A message of syslog, of RFC 5424 or RFC 3164.
public struct SyslogMessage: Sendable, Hashable {
    /// A part of structured data.
    public struct Element: Sendable, Hashable {
        /// Its name: `exampleSDID@32473`.
        public var id: String
        /// Its parameters.
        public var parameters: Fields
    }

    /// The names of severities, 0 to 7.
    public static let severities = [
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
    ]
    /// The names of facilities, 0 to 23.
    public static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv", "ftp", "ntp", "audit", "alert", "clockd", "local0", "local1", "local2",
        "local3", "local4", "local5", "local6", "local7",
    ]

    /// Facility and severity as one number; nil if the message has none.
    public var priority: Int?
    /// The version of the format, 1 and up for RFC 5424; nil for RFC 3164.
    public var version: Int?
    /// The time.
    public var timestamp: Timestamp?
    /// The machine.
    public var hostname: Bytes?
    /// The program.
    public var appname: Bytes?
    /// The process, a number or a name.
    public var procid: Bytes?
    /// The kind of message.
    public var msgid: Bytes?
    /// The structured data.
    public var elements: [Element] = []
    /// The text.
    public var message = Bytes("")

    /// The severity's name.
    public var severity: String? { priority.map { Self.severities[$0 & 7] } }
    /// The facility's name; nil for those that have none.
    public var facility: String? {
        priority.flatMap { $0 >> 3 < Self.facilities.count ? Self.facilities[$0 >> 3] : nil }
    }

    /// The fields as VRL's `parse_syslog` gives them.
    public var fields: Fields {
        var fields = FieldsBuilder(capacity: 10)
        fields.set("message", .bytes(message))
        if let hostname { fields.set("hostname", .bytes(hostname)) }
        if let severity { fields.set("severity", .text(severity)) }
        if let facility { fields.set("facility", .text(facility)) }
        if let version { fields.set("version", .integer(Int64(version))) }
        if let appname { fields.set("appname", .bytes(appname)) }
        if let msgid { fields.set("msgid", .bytes(msgid)) }
        if let timestamp { fields.set("timestamp", .timestamp(timestamp)) }
        if let procid {
            fields.set(
                "procid",
                Int32(procid.text).map { .integer(Int64($0)) } ?? .bytes(procid)
            )
        }
        for element in elements { fields.set(element.id, .object(element.parameters)) }
        return fields.fields
    }

    /// Reads a message of either kind.
    ///
    /// - Parameters:
    ///   - bytes: The message, without what frames it.
    ///   - now: When it came; it gives the year where there is none.
    ///   - zone: The zone of times that do not say theirs.
    /// - Throws: If it is none, in VRL's words.
    public init(
        _ bytes: Span<UInt8>,
        now: Timestamp,
        zone: Zone = .utc
    ) throws(ParseMistake) {
        var reader = SyslogReader(bytes, now: now, zone: zone)
        if let message = reader.modern() {
            self = message
        } else {
            reader.cursor.at = 0
            guard let message = reader.old() else {
                throw ParseMistake("unable to parse input as valid syslog message")
            }
            self = message
        }
    }

    init() {}
}
