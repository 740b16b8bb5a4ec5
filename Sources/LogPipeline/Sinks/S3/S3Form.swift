import Basics
import Formats
import HTTP
import Records
import Security

/// Objects in S3: a batch is one.
///
/// The object's name is the same for every attempt, so that an object that is there already is written again, not
/// another one beside it.
struct S3Form: RequestForm {
    private let settings: S3Settings
    private var encoder: RecordEncoder
    private var key: TextTemplate
    private let isPathStyle: Bool
    /// Makes names of this run differ from those of others.
    private let run: UInt64
    private var numbers: [UInt64: Int] = [:]
    private var next = 0
    /// Stands before and behind the number of a piece that is filled in when the object is written.
    private static let mark: UInt8 = 1

    /// Prepares to write; the number makes names of this run differ from those of others.
    init(_ settings: S3Settings, run: UInt64) {
        self.settings = settings
        self.run = run
        encoder = RecordEncoder(settings.encoding)
        key = TextTemplate(settings.keyFormat)
        key.tagDelimiters = Array(settings.tagDelimiters.utf8)
        isPathStyle = settings.endpoint != nil || settings.bucket.contains(".")
    }

    /// Where requests go.
    static func endpoint(_ settings: S3Settings) -> EndpointSettings {
        if let endpoint = settings.endpoint { return endpoint }
        let host = "s3.\(settings.region).amazonaws.com"
        let isPathStyle = settings.bucket.contains(".")
        var endpoint = EndpointSettings(
            host: isPathStyle ? host : settings.bucket + "." + host,
            port: 443
        )
        endpoint.tls = ClientTLS()
        return endpoint
    }

    /// The name as far as it parts records: by tags, fields, and times down to the hour.
    mutating func partition(of event: inout Event) -> [UInt8] {
        var copy = event
        let scope = TextTemplate.Scope(&copy, needsFields: key.needsFields)
        var name: [UInt8] = []
        for (place, piece) in key.pieces.enumerated() {
            switch piece {
            case .uuid, .index: Self.leave(place, in: &name)
            case .time(let pattern) where !pattern.isCoarse: Self.leave(place, in: &name)
            default:
                if key.append(piece: place, scope, to: &name) != nil {
                    name.append(text: "missing")
                }
            }
        }
        return name
    }

    private static func leave(_ place: Int, in name: inout [UInt8]) {
        name.append(mark)
        name.append(decimal: Int64(place))
        name.append(mark)
    }

    mutating func append(
        _ event: inout Event,
        at moment: Moment,
        to bytes: inout [UInt8]
    ) -> String? {
        encoder.append(&event, to: &bytes)
        if settings.encoding.form != .messagePack { bytes.append(0x0A) }
        return nil
    }

    /// Records as one JSON list: the line feeds between them become commas.
    private static func list(_ load: RecordLoad) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(load.bytes.count + 2)
        body.append(0x5B)
        for place in 0..<load.count {
            if place > 0 { body.append(0x2C) }
            let record = load.bytes[load[place]]
            body.append(contentsOf: record.last == 0x0A ? record.dropLast() : record)
        }
        body.append(0x5D)
        return body
    }

    mutating func call(_ load: RecordLoad, partition: [UInt8], at moment: Moment) -> HTTPCall {
        let token = Self.token(load)
        let name = name(partition, load, token)
        var path = AWSSignature.encode(name, keepsSlashes: true)
        while path.hasPrefix("/") { path.removeFirst() }
        path = isPathStyle ? "/\(settings.bucket)/\(path)" : "/" + path
        var headers = [
            ("Content-Type", settings.contentType ?? defaultType)
        ]
        if let value = settings.storageClass { headers.append(("X-Amz-Storage-Class", value)) }
        if let value = settings.acl { headers.append(("X-Amz-Acl", value)) }
        if let value = settings.serverSideEncryption {
            headers.append(("X-Amz-Server-Side-Encryption", value))
        }
        if let value = settings.encryptionKey {
            headers.append(("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", value))
        }
        let body = isList ? Self.list(load) : load.bytes
        return HTTPCall(method: "PUT", path: path, headers: headers, body: body)
    }

    private var isList: Bool { settings.isList && settings.encoding.form == .json }

    private var defaultType: String {
        switch settings.encoding.form {
        case .json where isList: "application/json"
        case .json: "application/x-ndjson"
        case .messagePack: "application/msgpack"
        default: "text/plain"
        }
    }

    /// A number for a load that is the same at every attempt.
    private static func token(_ load: RecordLoad) -> UInt64 {
        let hash = Murmur3.hash(load.bytes.span, seed: UInt64(load.count))
        return hash.0 ^ UInt64(bitPattern: load.time.nanoseconds)
    }

    private mutating func name(_ partition: [UInt8], _ load: RecordLoad, _ token: UInt64) -> String
    {
        if numbers[token] == nil {
            if numbers.count > 1000 { numbers = [:] }
            numbers[token] = next
            next += 1
        }
        let scope = TextTemplate.Scope(
            fields: Fields(),
            time: load.time,
            tag: "",
            uuid: Self.uuid(run, token),
            index: numbers[token] ?? 0
        )
        var name: [UInt8] = []
        let parts = partition.split(separator: Self.mark, omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            // Every second part is the number of a piece.
            if place % 2 == 1, let piece = Int(String(decoding: part, as: UTF8.self)),
                key.pieces.indices.contains(piece)
            {
                _ = key.append(piece: piece, scope, to: &name)
            } else {
                name += part
            }
        }
        // Two batches of one second must not have one name.
        let isUnique = key.pieces.contains {
            switch $0 {
            case .uuid, .index: true
            default: false
            }
        }
        if !isUnique {
            name.append(0x2D)
            name += Self.uuid(run, token).utf8.prefix(8)
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// A text of the form of a UUID, version 8.
    private static func uuid(_ high: UInt64, _ low: UInt64) -> String {
        var digits = [high, low].flatMap { word in
            stride(from: UInt64(60), through: 0, by: -4).map { UInt8(word >> $0 & 15) }
        }
        digits[12] = 8
        digits[16] = 8 | digits[16] & 3
        var text = ""
        for (place, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(place) { text += "-" }
            text += String(digit, radix: 16)
        }
        return text
    }

    func seal(_ call: inout HTTPCall) {
        // S3 compares it with what it has received.
        let sum = Base64.encode(Digest.sha256(call.body))
        call.headers.append(("X-Amz-Checksum-Sha256", sum))
    }

    func judge(_ reply: HTTPReply, count: Int) -> DeliveryAnswer {
        switch reply.status {
        case 200...299: .delivered
        case 413: reply.failure(.split)
        // Keys may be renewed, buckets made, clocks set: the records are good.
        default: reply.failure(.retry)
        }
    }

    func document(_ record: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        let end = record.last.map { bytes[$0] == 0x0A ? $0 : $0 + 1 } ?? record.upperBound
        return record.lowerBound..<end
    }
}
