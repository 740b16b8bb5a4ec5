internal import Basics
internal import Reactor
internal import Records
internal import System

/// Sets fields from templates, as Fluentd's `record_transformer` does without Ruby.
@MainLoop final class RecordTransformerStage: Stage {
    private let settings: RecordTransformerTransform
    private let fields: [(name: String, template: RecordTemplate)]
    private let hostname = Host.hostname

    /// Compiles templates.
    ///
    /// - Throws: `invalid` for a placeholder that needs Ruby.
    init(_ settings: RecordTransformerTransform) throws(Failure) {
        self.settings = settings
        var fields: [(String, RecordTemplate)] = []
        for (name, text) in settings.fields { fields.append((name, try RecordTemplate(text))) }
        self.fields = fields
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            let old = event.fields
            var new = old
            if settings.renewsRecord {
                new = Fields()
                for key in settings.kept { if let value = old[key] { new.append(key, value) } }
            }
            for (name, template) in fields {
                let value = template.value(
                    old,
                    tag: event.tag.text,
                    time: event.time,
                    now: moment.wall,
                    hostname: hostname,
                    keepsTypes: settings.keepsTypes
                )
                new.update(name, value)
            }
            for name in settings.removed { RecordPath(accessor: name).remove(from: &new) }
            if let key = settings.renewTimeKey, let value = new[key] {
                switch value {
                case .integer(let seconds): event.time = Timestamp(unix: seconds) ?? event.time
                case .float(let seconds): event.time = Timestamp(unix: seconds) ?? event.time
                case .timestamp(let time): event.time = time
                default: break
                }
            }
            event.body = .fields(new)
            outlet.pass(event)
        }
    }
}

/// A text with Fluentd's placeholders: `${record["a"]["b"]}`, `${record.dig("a", "b")}`, `${tag}`,
/// `${tag_parts[n]}`, `${tag_prefix[n]}`, `${tag_suffix[n]}`, `${hostname}`, `${time}`; of Ruby besides
/// `record["a"] || "text"`, `time.strftime("%Y")`, `time.iso8601`, and both of `Time.now`.
struct RecordTemplate: Sendable {
    private enum Piece: Sendable {
        case literal(String)
        case field([String], fallback: String?)
        case tag
        case tagPart(Int)
        case tagPrefix(Int)
        case tagSuffix(Int)
        case hostname
        case time
        case formatted(TimePattern, isNow: Bool)
    }

    private let pieces: [Piece]

    /// Reads a template.
    ///
    /// - Throws: `invalid` for a placeholder that needs Ruby.
    init(_ text: String) throws(Failure) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = Self.opening(in: rest) {
            if open > rest.startIndex { pieces.append(.literal(String(rest[..<open]))) }
            let start = rest.index(open, offsetBy: 2)
            guard let close = rest[start...].firstIndex(of: "}") else {
                throw Failure(.invalid, "\"\(text)\" has no end of its placeholder")
            }
            let inner = String(rest[start..<close]).trimmingSpace()
            guard let piece = Self.piece(inner) else {
                throw Failure(
                    .invalid,
                    "the placeholder ${\(inner)} needs Ruby",
                    remedy: "use record[\"key\"], tag, tag_parts[n], hostname or time"
                )
            }
            pieces.append(piece)
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.literal(String(rest))) }
        self.pieces = pieces
    }

    /// What it gives for a record.
    func value(
        _ record: Fields,
        tag: String,
        time: Timestamp,
        now: Timestamp,
        hostname: String,
        keepsTypes: Bool
    ) -> Value {
        if keepsTypes, pieces.count == 1, case .field(let keys, let fallback) = pieces[0] {
            return Self.value(keys, record, fallback) ?? .null
        }
        let parts = tag.split(separator: ".", omittingEmptySubsequences: false)
        var text: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .literal(let literal): text.append(contentsOf: literal.utf8)
            case .field(let keys, let fallback):
                if let value = Self.value(keys, record, fallback) {
                    ValueText.append(value, to: &text)
                }
            case .tag: text.append(contentsOf: tag.utf8)
            case .tagPart(let number):
                let place = number < 0 ? parts.count + number : number
                if parts.indices.contains(place) { text.append(contentsOf: parts[place].utf8) }
            case .tagPrefix(let number):
                text.append(contentsOf: parts.prefix(number + 1).joined(separator: ".").utf8)
            case .tagSuffix(let number):
                text.append(contentsOf: parts.dropFirst(number).joined(separator: ".").utf8)
            case .hostname: text.append(contentsOf: hostname.utf8)
            case .time: ValueText.append(.timestamp(time), to: &text)
            case .formatted(var pattern, let isNow): pattern.append(isNow ? now : time, to: &text)
            }
        }
        return .bytes(Bytes(text))
    }

    private static func value(_ keys: [String], _ record: Fields, _ fallback: String?) -> Value? {
        let value = RecordPath(keys.map { .key($0) }).value(in: record)
        guard let fallback else { return value }
        // Ruby's `||` looks past nil and false.
        return value == nil || value == .null || value == .boolean(false) ? .text(fallback) : value
    }

    /// Where the next `${` begins.
    private static func opening(in text: Substring) -> String.Index? {
        text.indices.first { text[$0] == "$" && text[$0...].hasPrefix("${") }
    }

    private static func piece(_ text: String) -> Piece? {
        switch text {
        case "tag": return .tag
        case "hostname": return .hostname
        case "time": return .time
        default: break
        }
        for (name, isNow) in [("time.", false), ("Time.now.", true)] where text.hasPrefix(name) {
            let call = String(text.dropFirst(name.count))
            if call == "iso8601" {
                return .formatted(TimePattern("%Y-%m-%dT%H:%M:%SZ"), isNow: isNow)
            }
            guard call.hasPrefix("strftime("), call.hasSuffix(")"),
                let format = literal(String(call.dropFirst(9).dropLast()))
            else { return nil }
            return .formatted(TimePattern(format), isNow: isNow)
        }
        if let bar = text.firstRange(of: "||") {
            let rest = String(text[bar.upperBound...]).trimmingSpace()
            guard let fallback = literal(rest),
                case .field(let keys, _)? = piece(String(text[..<bar.lowerBound]).trimmingSpace())
            else { return nil }
            return .field(keys, fallback: fallback)
        }
        for (name, make) in [
            ("tag_parts[", Piece.tagPart), ("tag_prefix[", Piece.tagPrefix),
            ("tag_suffix[", Piece.tagSuffix),
        ] where text.hasPrefix(name) && text.hasSuffix("]") {
            return Int(text.dropFirst(name.count).dropLast()).map(make)
        }
        if text.hasPrefix("record.dig("), text.hasSuffix(")") {
            return keys(
                text.dropFirst(11).dropLast().split(separator: ",").map { word in
                    String(word).trimmingSpace()
                }
            )
        }
        guard text.hasPrefix("record["), text.hasSuffix("]") else { return nil }
        let inner = text.dropFirst(7).dropLast()
        return keys(
            inner.split(separator: "]").map {
                $0.hasPrefix("[") ? String($0.dropFirst()) : String($0)
            }
        )
    }

    private static func keys(_ words: [String]) -> Piece? {
        var keys: [String] = []
        for word in words {
            guard let key = literal(word) else { return nil }
            keys.append(key)
        }
        return keys.isEmpty ? nil : .field(keys, fallback: nil)
    }

    /// What stands between quotes.
    private static func literal(_ word: String) -> String? {
        guard word.count >= 2, let quote = word.first, quote == "\"" || quote == "'",
            word.last == quote, !word.dropFirst().dropLast().contains(quote)
        else { return nil }
        return String(word.dropFirst().dropLast())
    }
}
