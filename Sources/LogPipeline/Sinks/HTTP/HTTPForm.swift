import Basics
import Records

/// Records in the bodies of plain HTTP requests: Fluent Bit's `http`, Vector's `http`.
struct HTTPForm: RequestForm {
    private let settings: HTTPSinkSettings
    private var encoder: RecordEncoder
    private let separator: [UInt8]

    /// Prepares to write.
    init(_ settings: HTTPSinkSettings) {
        self.settings = settings
        encoder = RecordEncoder(settings.encoding)
        switch settings.framing {
        case .list: separator = [0x2C]
        case .lines: separator = settings.encoding.form == .messagePack ? [] : [0x0A]
        case .stream, .single: separator = []
        }
    }

    func partition(of event: inout Event) -> [UInt8] {
        settings.tagHeader == nil ? [] : Array(event.tag.text.utf8)
    }

    mutating func append(
        _ event: inout Event,
        at moment: Moment,
        to bytes: inout [UInt8]
    ) -> String? {
        if settings.encoding.form == .messagePack {
            // As Fluent Bit sends its chunks: the time and the map, one event after another.
            let pack = MessagePackText()
            pack.append(listOf: 2, to: &bytes)
            pack.append(event: event.time, to: &bytes)
        }
        encoder.append(&event, to: &bytes)
        bytes.append(contentsOf: separator)
        return nil
    }

    func call(_ load: RecordLoad, partition: [UInt8], at moment: Moment) -> HTTPCall {
        var body = Array(settings.prefix.utf8)
        switch settings.framing {
        case .list:
            body.append(0x5B)
            body.append(load.bytes, 0..<max(0, load.bytes.count - separator.count))
            body.append(0x5D)
        case .lines, .stream, .single: body += load.bytes
        }
        body += Array(settings.suffix.utf8)
        var headers = [("Content-Type", contentType)]
        if let name = settings.tagHeader {
            headers.append((name, String(decoding: partition, as: UTF8.self)))
        }
        return HTTPCall(method: settings.method, path: "", headers: headers, body: body)
    }

    private var contentType: String {
        if let type = settings.contentType { return type }
        switch (settings.encoding.form, settings.framing) {
        case (.messagePack, _): return "application/msgpack"
        case (.json, .lines): return "application/x-ndjson"
        case (.json, _): return "application/json"
        default: return "text/plain"
        }
    }

    func judge(_ reply: HTTPReply, count: Int) -> DeliveryAnswer {
        switch reply.status {
        case 200...299: .delivered
        case 413: reply.failure(.split)
        // As both tools have it: time-outs, too many requests and the other side's faults pass.
        case 408, 425, 429, 500, 502...: reply.failure(.retry)
        case 300...399: reply.failure(.retry)
        default: reply.failure(.reject)
        }
    }

    func document(_ record: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        record.lowerBound..<max(record.lowerBound, record.upperBound - separator.count)
    }
}
