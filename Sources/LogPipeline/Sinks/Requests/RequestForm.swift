import Basics
import HTTP

/// What one kind of HTTP destination knows: how records become a request, and what its answer means.
protocol RequestForm: Sendable {
    /// What a record has in common with others that it may be sent with; mostly nothing.
    mutating func partition(of event: inout Event) -> [UInt8]
    /// Appends a record's bytes; says why if it cannot be sent at all.
    mutating func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8])
        -> String?
    /// The request for some records.
    mutating func call(_ load: RecordLoad, partition: [UInt8], at moment: Moment) -> HTTPCall
    /// The last changes, when the body is as it will be sent.
    func seal(_ call: inout HTTPCall)
    /// What an answer means for so many records.
    func judge(_ reply: HTTPReply, count: Int) -> DeliveryAnswer
    /// Whether the beginning of an answer's body says that everything was delivered.
    func isDelivered(_ status: Int, start: [UInt8]) -> Bool
    /// The part of a record's bytes that is the record.
    func document(_ record: Range<Int>, in bytes: [UInt8]) -> Range<Int>
}

extension RequestForm {
    mutating func partition(of event: inout Event) -> [UInt8] { [] }

    func seal(_ call: inout HTTPCall) {}

    func isDelivered(_ status: Int, start: [UInt8]) -> Bool { false }

    func document(_ record: Range<Int>, in bytes: [UInt8]) -> Range<Int> { record }
}

/// A request.
struct HTTPCall: Sendable {
    /// The method.
    var method = "POST"
    /// The path behind the endpoint's own, encoded, and the query.
    var path: String
    /// The query's pairs.
    var query: [(String, String)] = []
    /// Header fields besides those of every request.
    var headers: [(String, String)] = []
    /// The body.
    var body: [UInt8]
}

/// An answer.
struct HTTPReply: Sendable {
    /// The status.
    var status: Int
    /// The header fields.
    var headers = HTTPHeaders()
    /// The body, or its beginning.
    var body: [UInt8] = []
    /// Whether more of the body came than is kept.
    var isCut = false

    /// What went wrong, in one sentence: the status and the beginning of the body.
    var complaint: String {
        var text = String(decoding: body.prefix(300), as: UTF8.self)
        text = String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
        return text.isEmpty ? "HTTP status \(status)" : "HTTP status \(status): \(text)"
    }

    /// How long the other side asks to be left alone.
    var retryAfter: Duration? {
        headers["Retry-After"].flatMap { Int($0) }.map { .seconds(max(0, min($0, 86400))) }
    }

    /// A failure with the status as its code.
    func failure(_ remedy: Setback.Remedy) -> DeliveryAnswer {
        var setback = Setback(remedy, complaint, code: status)
        if remedy == .retry { setback.retryAfter = retryAfter }
        return .failed(setback)
    }
}
