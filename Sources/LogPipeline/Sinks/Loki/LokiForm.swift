import Basics
import Records

/// Loki's push requests.
///
/// A record's bytes are its labels as JSON, a line feed, and its entry; streams are put together when a request
/// is made.
struct LokiForm: RequestForm {
    private let settings: LokiSettings
    private var encoder: RecordEncoder
    private var tenant: TextTemplate?
    private var labels: [(name: String, template: TextTemplate)]
    private let labelKeys: [(name: String, path: RecordPath)]
    private let labelsOf: RecordPath?
    private var metadata: [(name: String, template: TextTemplate)]
    private let removed: [RecordPath]
    private let json = JSONText()

    /// Prepares to write.
    init(_ settings: LokiSettings) {
        self.settings = settings
        encoder = RecordEncoder(settings.encoding)
        tenant = settings.tenant.map { TextTemplate($0, hasTimes: false) }
        labels = settings.labels.sorted { $0.key < $1.key }
            .map { (Self.name($0.key), TextTemplate($0.value, hasTimes: false)) }
        labelKeys = settings.labelKeys.map { key in
            let path = RecordPath(accessor: key)
            let names = path.steps.map { step in
                switch step {
                case .key(let name): name
                case .index(let index): String(index)
                }
            }
            return (Self.name(names.joined(separator: "_")), path)
        }
        labelsOf = settings.labelsOf.map { RecordPath(accessor: $0) }
        metadata = settings.metadata.sorted { $0.key < $1.key }
            .map { ($0.key, TextTemplate($0.value, hasTimes: false)) }
        removed = settings.removed.map { RecordPath(accessor: $0) }
    }

    /// A label's name: letters, digits and `_`, not beginning with a digit.
    static func name(_ text: String) -> String {
        var name = String(
            decoding: text.utf8.map { byte in
                (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 ? byte : UInt8(ascii: "_")
            },
            as: UTF8.self
        )
        if let first = name.utf8.first, first &- 0x30 < 10 { name = "_" + name }
        return name
    }

    mutating func partition(of event: inout Event) -> [UInt8] {
        guard tenant != nil else { return [] }
        var copy = event
        let scope = TextTemplate.Scope(&copy, needsFields: tenant?.needsFields ?? false)
        var name: [UInt8] = []
        // Without the field it goes to the tenant of no name.
        if tenant?.append(scope, to: &name) != nil { name = [] }
        return name
    }

    mutating func append(
        _ event: inout Event,
        at moment: Moment,
        to bytes: inout [UInt8]
    ) -> String? {
        let scope = TextTemplate.Scope(
            fields: event.fields,
            metadata: event.metadata,
            time: event.time,
            tag: event.tag.text
        )
        append(labels: scope, to: &bytes)
        bytes.append(text: "\n[\"")
        bytes.append(decimal: event.time.nanoseconds)
        bytes.append(text: "\",")
        for path in removed { path.remove(from: &event.fields) }
        var line: [UInt8] = []
        if settings.dropsSingleKey, event.fields.count == 1, let only = event.fields.entries.first {
            ValueText.append(only.value, to: &line)
        } else {
            encoder.append(&event, to: &line)
        }
        json.append(text: line.span, to: &bytes)
        append(metadata: scope, to: &bytes)
        bytes.append(0x5D)
        return nil
    }

    private mutating func append(labels scope: TextTemplate.Scope, to bytes: inout [UInt8]) {
        bytes.append(0x7B)
        let start = bytes.count
        for place in labels.indices {
            var value: [UInt8] = []
            guard labels[place].template.append(scope, to: &value) == nil else { continue }
            append(labels[place].name, value, isFirst: bytes.count == start, to: &bytes)
        }
        for (name, path) in labelKeys {
            guard let found = path.value(in: scope.fields), found != .null else { continue }
            var value: [UInt8] = []
            ValueText.append(found, to: &value)
            append(name, value, isFirst: bytes.count == start, to: &bytes)
        }
        if case .object(let members)? = labelsOf?.value(in: scope.fields) {
            for entry in members {
                let value = Array(ValueText.text(entry.value).utf8)
                append(Self.name(entry.key), value, isFirst: bytes.count == start, to: &bytes)
            }
        }
        // Loki wants one at least.
        if bytes.count == start {
            append("source", Array("companion".utf8), isFirst: true, to: &bytes)
        }
        bytes.append(0x7D)
    }

    private mutating func append(metadata scope: TextTemplate.Scope, to bytes: inout [UInt8]) {
        guard !metadata.isEmpty else { return }
        bytes.append(text: ",{")
        let start = bytes.count
        for place in metadata.indices {
            var value: [UInt8] = []
            guard metadata[place].template.append(scope, to: &value) == nil else { continue }
            append(metadata[place].name, value, isFirst: bytes.count == start, to: &bytes)
        }
        bytes.append(0x7D)
    }

    private func append(_ name: String, _ value: [UInt8], isFirst: Bool, to bytes: inout [UInt8]) {
        if !isFirst { bytes.append(0x2C) }
        json.append(text: name, to: &bytes)
        bytes.append(0x3A)
        json.append(text: value.span, to: &bytes)
    }

    // MARK: Requests

    func call(_ load: RecordLoad, partition: [UInt8], at moment: Moment) -> HTTPCall {
        var order: [[UInt8]] = []
        var streams: [[UInt8]: [Range<Int>]] = [:]
        for item in 0..<load.count {
            let range = load[item]
            let feed = load.bytes[range].firstIndex(of: 0x0A) ?? range.upperBound
            let key = Array(load.bytes[range.lowerBound..<feed])
            let entry = min(feed + 1, range.upperBound)..<range.upperBound
            if streams[key] == nil { order.append(key) }
            streams[key, default: []].append(entry)
        }
        var body: [UInt8] = []
        body.reserveCapacity(load.bytes.count + 64 * order.count)
        body.append(text: "{\"streams\":[")
        for (place, key) in order.enumerated() {
            body.append(text: place == 0 ? "{\"stream\":" : ",{\"stream\":")
            body += key
            body.append(text: ",\"values\":[")
            for (number, entry) in (streams[key] ?? []).enumerated() {
                if number > 0 { body.append(0x2C) }
                body.append(load.bytes, entry)
            }
            body.append(text: "]}")
        }
        body.append(text: "]}")
        var headers = [("Content-Type", "application/json")]
        if !partition.isEmpty {
            headers.append(("X-Scope-OrgID", String(decoding: partition, as: UTF8.self)))
        }
        return HTTPCall(path: "", headers: headers, body: body)
    }

    func judge(_ reply: HTTPReply, count: Int) -> DeliveryAnswer {
        switch reply.status {
        case 200...299: .delivered
        // Entries that are too old or out of order: Loki has taken the others. It takes no entry twice, so
        // halves find those that it does not want.
        case 400, 413, 422: reply.failure(.split)
        case 401, 403, 404, 408, 425, 429, 500...: reply.failure(.retry)
        case 300...399: reply.failure(.retry)
        default: reply.failure(.reject)
        }
    }

    func document(_ record: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        let start = bytes[record].firstIndex(of: 0x0A).map { $0 + 1 } ?? record.lowerBound
        return start..<record.upperBound
    }
}
