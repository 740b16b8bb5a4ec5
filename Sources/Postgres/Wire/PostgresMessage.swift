/// A message of PostgreSQL's protocol, version 3, from the server.
package struct PostgresMessage: Sendable, Hashable {
    /// What it is: a letter.
    package var kind: UInt8
    /// What it holds.
    package var body: [UInt8]

    /// Makes one.
    package init(kind: UInt8, body: [UInt8]) {
        self.kind = kind
        self.body = body
    }

    /// A whole number of four bytes.
    package func number(at place: Int) -> Int? {
        guard place >= 0, place + 4 <= body.count else { return nil }
        return Int(
            body[place..<(place + 4)].reduce(Int32(0)) { $0 << 8 | Int32(truncatingIfNeeded: $1) }
        )
    }

    /// The texts from a place on, each ended by a zero byte.
    package func texts(from place: Int) -> [String] {
        guard place <= body.count else { return [] }
        return body[place...].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A whole number of two bytes.
    func short(at place: Int) -> Int? {
        guard place >= 0, place + 2 <= body.count else { return nil }
        return Int(body[place]) << 8 | Int(body[place + 1])
    }

    /// The values of a row (`D`), `nil` for NULL; nil if the message is no whole row.
    package var row: [String?]? {
        guard kind == UInt8(ascii: "D"), let count = short(at: 0) else { return nil }
        var values: [String?] = []
        values.reserveCapacity(count)
        var place = 2
        for _ in 0..<count {
            guard let size = number(at: place) else { return nil }
            place += 4
            guard size >= 0 else {
                values.append(nil)
                continue
            }
            guard place + size <= body.count else { return nil }
            values.append(String(decoding: body[place..<(place + size)], as: UTF8.self))
            place += size
        }
        return place == body.count ? values : nil
    }

    /// The names of the columns (`T`); nil if the message is no whole description.
    package var columns: [String]? {
        guard kind == UInt8(ascii: "T"), let count = short(at: 0) else { return nil }
        var names: [String] = []
        names.reserveCapacity(count)
        var place = 2
        for _ in 0..<count {
            guard let end = body[place...].firstIndex(of: 0), end + 19 <= body.count else {
                return nil
            }
            names.append(String(decoding: body[place..<end], as: UTF8.self))
            place = end + 19
        }
        return place == body.count ? names : nil
    }

    /// The first value of each row's answer; nil if it is not there.
    package var firstValue: String? {
        guard kind == UInt8(ascii: "D"), body.count >= 6, let count = number(at: 2), count >= 0,
            6 + count <= body.count
        else { return nil }
        return String(decoding: body[6..<(6 + count)], as: UTF8.self)
    }
}

/// Cuts what a server sends into messages.
package struct PostgresDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    private static let limit = 1 << 20

    /// Why bytes are no messages.
    package struct Mistake: Error, Sendable, Hashable {
        /// In words.
        package var reason: String
    }

    /// Begins with nothing.
    package init() {}

    /// Whether bytes wait that make no message yet.
    package var isEmpty: Bool { start == buffer.count }

    /// Takes the next bytes.
    package mutating func append(_ bytes: [UInt8]) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        if buffer.isEmpty { buffer = bytes } else { buffer += bytes }
    }

    /// The next message, if it is complete.
    package mutating func next() throws(Mistake) -> PostgresMessage? {
        guard start + 5 <= buffer.count else { return nil }
        var length = 0
        for place in (start + 1)..<(start + 5) { length = length << 8 | Int(buffer[place]) }
        guard (4...Self.limit).contains(length) else {
            throw Mistake(reason: "a message of \(length) bytes: this is no PostgreSQL")
        }
        let end = start + 1 + length
        guard end <= buffer.count else { return nil }
        defer { start = end }
        return PostgresMessage(kind: buffer[start], body: Array(buffer[(start + 5)..<end]))
    }
}

/// An error that a server reports.
package struct PostgresError: Error, Sendable, Hashable {
    /// The code, such as `22P02`.
    package var code = ""
    /// The sentence.
    package var message = ""
    /// More about it.
    package var detail = ""
    /// Where: for `COPY` the line and column.
    package var context = ""

    /// Reads an error's fields.
    package init(_ message: PostgresMessage) {
        for field in message.body.split(separator: 0) {
            guard let kind = field.first else { continue }
            let text = String(decoding: field.dropFirst(), as: UTF8.self)
            switch kind {
            case UInt8(ascii: "C"): code = text
            case UInt8(ascii: "M"): self.message = text
            case UInt8(ascii: "D"): detail = text
            case UInt8(ascii: "W"): context = text
            default: break
            }
        }
    }

    /// Whether a record is at fault, and not the server's state: data that does not fit (class 22), a
    /// constraint (23).
    package var concernsData: Bool { code.hasPrefix("22") || code.hasPrefix("23") }

    /// Whether the server is there and takes no sessions yet, or no more (57P03).
    package var isStarting: Bool { code == "57P03" }

    /// In one sentence.
    package var sentence: String {
        var text = message
        if !detail.isEmpty { text += " (\(detail))" }
        if !code.isEmpty { text += ", code \(code)" }
        return text
    }
}
