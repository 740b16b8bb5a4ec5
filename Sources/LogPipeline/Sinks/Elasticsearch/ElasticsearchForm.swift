import Basics
import Records

/// Elasticsearch's and OpenSearch's bulk requests.
///
/// A record's bytes are its two or three lines, so that a batch is a body as it is.
struct ElasticsearchForm: RequestForm {
    private let settings: ElasticsearchSettings
    private let action: String
    private var encoder: RecordEncoder
    private var index: TextTemplate
    private var suffix: TextTemplate
    private let prefixKey: RecordPath?
    private let idKey: RecordPath?
    private let routingKey: RecordPath?
    /// Whether the action's line depends on the time alone.
    private let isShared: Bool
    private var line: [UInt8] = []
    /// The second, or the hour if the index's name has nothing finer, that the line is of.
    private var linePeriod = Int64.min
    private let isCoarse: Bool
    private var scratch: [UInt8] = []
    private let json = JSONText()
    private let query: [(String, String)]
    private let stream: DataStreamFields

    /// Prepares to write.
    init(_ settings: ElasticsearchSettings) {
        self.settings = settings
        action = settings.isDataStream ? "create" : settings.action
        var encoding = settings.encoding
        encoding.form = .json
        encoding.timeKey = settings.timeKey ?? encoding.timeKey
        encoding.tagKey = settings.tagKey ?? encoding.tagKey
        let time = TimeWriter(
            strftime: settings.timeKeyFormat,
            digits: settings.hasNanoseconds ? 9 : 3,
            end: "Z"
        )
        encoder = RecordEncoder(encoding, time: settings.timeKey == nil ? nil : time)
        encoder.keepsOwnTime = settings.keepsOwnTime
        index = TextTemplate(settings.index)
        suffix = TextTemplate(settings.prefixSuffix)
        prefixKey = settings.prefixKey.map { RecordPath(accessor: $0) }
        idKey = settings.idKey.map { RecordPath(accessor: $0) }
        routingKey = settings.routingKey.map { RecordPath(accessor: $0) }
        isCoarse = index.isCoarse
        stream = DataStreamFields(settings)
        query =
            settings.query.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            + (settings.pipeline.map { [("pipeline", $0)] } ?? [])
        isShared =
            index.isOnlyTime && !stream.isNeeded && prefixKey == nil && idKey == nil
            && routingKey == nil
            && !settings.generatesID && action != "update" && action != "upsert"
    }

    mutating func append(
        _ event: inout Event,
        at moment: Moment,
        to bytes: inout [UInt8]
    ) -> String? {
        let date = settings.usesCurrentTime ? moment.wall : event.time
        if isShared {
            let period = isCoarse ? date.seconds / 3600 : date.seconds
            if period != linePeriod {
                linePeriod = period
                scratch.removeAll(keepingCapacity: true)
                index.append(time: date, to: &scratch)
                line.removeAll(keepingCapacity: true)
                Self.begin(&line, action, json, scratch, settings.type)
                line.append(text: "}}\n")
            }
            bytes.append(contentsOf: line)
            change(&event)
            appendDocument(&event, to: &bytes)
            return nil
        }
        return appendOwn(&event, date, to: &bytes)
    }

    /// `{"create":{"_index":"...","_type":"..."`.
    private static func begin(
        _ line: inout [UInt8],
        _ action: String,
        _ json: JSONText,
        _ index: [UInt8],
        _ type: String?
    ) {
        line.append(
            text: action == "upsert" ? "{\"update\":{\"_index\":" : "{\"\(action)\":{\"_index\":"
        )
        json.append(text: index.span, to: &line)
        if let type {
            line.append(text: ",\"_type\":")
            json.append(text: type, to: &line)
        }
    }

    /// A record whose action's line is its own.
    private mutating func appendOwn(
        _ event: inout Event,
        _ date: Timestamp,
        to bytes: inout [UInt8]
    ) -> String? {
        // The record stays as it was written, unless something must be changed in it.
        var copy = event
        let fields = copy.fields
        var scope = TextTemplate.Scope(
            fields: fields,
            metadata: event.metadata,
            time: date,
            tag: event.tag.text
        )
        scratch.removeAll(keepingCapacity: true)
        let prefix = prefixKey?.value(in: fields)
        if let prefix, prefix != .null {
            ValueText.append(prefix, to: &scratch)
            if let missing = suffix.append(scope, to: &scratch) { return Self.missing(missing) }
        } else if let missing = index.append(scope, to: &scratch) {
            return Self.missing(missing)
        }
        scope.fields = Fields()
        let name = stream.name(scratch, fields)
        var id: [UInt8] = []
        if let value = idKey?.value(in: fields), value != .null { ValueText.append(value, to: &id) }
        change(&event)
        stream.set(name, in: &event)
        scratch.removeAll(keepingCapacity: true)
        var document = scratch
        scratch = []
        appendDocument(&event, to: &document)
        if settings.generatesID, id.isEmpty { id = Self.number(document) }
        Self.begin(&bytes, action, json, name, settings.type)
        if !id.isEmpty {
            bytes.append(text: ",\"_id\":")
            json.append(text: id.span, to: &bytes)
        } else if action == "update" || action == "upsert" {
            return
                "the record has no number (\(settings.idKey ?? "id_key")) to update a document by"
        }
        if let value = routingKey?.value(in: fields), value != .null {
            bytes.append(text: ",\"routing\":")
            json.append(text: ValueText.text(value), to: &bytes)
        }
        bytes.append(text: "}}\n")
        bytes.append(contentsOf: document)
        scratch = document
        return nil
    }

    private static func missing(_ path: RecordPath) -> String {
        let names = path.steps.map { step in
            switch step {
            case .key(let name): name
            case .index(let index): "[\(index)]"
            }
        }
        return "the index's name needs the field \(names.joined(separator: ".")), which is missing"
    }

    /// Takes the number's field out, and dots out of names, if that is asked for.
    private func change(_ event: inout Event) {
        if settings.removesIDKey, let idKey { idKey.remove(from: &event.fields) }
        if settings.replacesDots { event.body = .fields(Self.withoutDots(event.fields)) }
    }

    private static func withoutDots(_ fields: Fields) -> Fields {
        var plain = Fields(capacity: fields.count)
        for entry in fields {
            plain.update(
                String(entry.key.map { $0 == "." ? "_" : $0 }),
                withoutDots(entry.value)
            )
        }
        return plain
    }

    private static func withoutDots(_ value: Value) -> Value {
        switch value {
        case .object(let fields): .object(withoutDots(fields))
        case .array(let values): .array(values.map { withoutDots($0) })
        default: value
        }
    }

    private mutating func appendDocument(_ event: inout Event, to bytes: inout [UInt8]) {
        switch action {
        case "update":
            bytes.append(text: "{\"doc\":")
            encoder.append(json: &event, to: &bytes)
            bytes.append(text: "}")
        case "upsert":
            bytes.append(text: "{\"doc_as_upsert\":true,\"doc\":")
            encoder.append(json: &event, to: &bytes)
            bytes.append(text: "}")
        default: encoder.append(json: &event, to: &bytes)
        }
        bytes.append(0x0A)
    }

    /// A document's number as Fluent Bit makes it (`Generate_ID`), from all that it says.
    static func number(_ document: [UInt8]) -> [UInt8] {
        let hash = Murmur3.hash(document.span.extracting(droppingLast: 1), seed: 42)
        var text: [UInt8] = []
        let digits = Array("0123456789abcdef".utf8)
        // Sixteen bits at a time, the lowest first.
        for place in 0..<8 {
            if [2, 3, 4, 5].contains(place) { text.append(0x2D) }
            let word = place < 4 ? hash.0 : hash.1
            let part = word >> UInt64(16 * (place % 4))
            for shift in [12, 8, 4, 0] as [UInt64] { text.append(digits[Int(part >> shift & 15)]) }
        }
        return text
    }

    // MARK: Requests

    func call(_ load: RecordLoad, partition: [UInt8], at moment: Moment) -> HTTPCall {
        HTTPCall(
            path: "/_bulk",
            query: query,
            headers: [("Content-Type", "application/x-ndjson")],
            body: load.bytes
        )
    }

    func isDelivered(_ status: Int, start: [UInt8]) -> Bool {
        (status == 200 || status == 201) && BulkAnswer.hasNoErrors(start.span)
    }

    func judge(_ reply: HTTPReply, count: Int) -> DeliveryAnswer {
        switch reply.status {
        case 200, 201:
            guard !reply.isCut else {
                var setback = Setback(.split, "the answer is too large")
                setback.isUncertain = true
                return .failed(setback)
            }
            let answer = BulkAnswer.judge(
                reply.body.span,
                count: count,
                isCreate: action == "create"
            )
            if let answer { return answer }
            var setback = Setback(.retry, "the answer is no answer to a bulk request")
            setback.isUncertain = true
            return .failed(setback)
        // One record among them may be the cause; halves tell which.
        case 400, 413: return reply.failure(.split)
        // Also what the configuration or the other side's set-up is the cause of: the records are good.
        default: return reply.failure(.retry)
        }
    }

    func document(_ record: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        let start = bytes[record].firstIndex(of: 0x0A).map { $0 + 1 } ?? record.lowerBound
        let end = record.last.map { bytes[$0] == 0x0A ? $0 : $0 + 1 } ?? record.upperBound
        return min(start, end)..<end
    }
}
