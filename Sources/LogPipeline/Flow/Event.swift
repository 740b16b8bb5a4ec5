public import Basics
public import Records

/// A record on its way through the pipeline.
public struct Event: Sendable {
    /// What it says.
    public var body: Body
    /// When it happened.
    public var time: Timestamp
    /// Its tag.
    public var tag: Tag
    /// What it stands for in the books.
    public var receipt: Receipt
    /// What is known of it besides (Vector's `%`, Fluent Bit's metadata); mostly nothing.
    public var metadata: Fields?
    /// How often it went back to the beginning (`rewrite_tag`); bounded by `Pipeline.hopsMaximum`.
    public var hops: UInt8 = 0

    /// Makes a record.
    public init(_ body: Body, time: Timestamp, tag: Tag, receipt: Receipt) {
        self.body = body
        self.time = time
        self.tag = tag
        self.receipt = receipt
    }

    /// Its fields; a body that is still text is taken apart, once.
    public var fields: Fields {
        mutating get {
            switch body {
            case .fields(let fields): return fields
            case .line(let line):
                let fields = line.fields
                body = .fields(fields)
                return fields
            case .json(let text):
                let fields = text.fields
                body = .fields(fields)
                return fields
            }
        }
        _modify {
            // Moved out and back, so that a change copies nothing.
            var fields: Fields
            switch body {
            case .fields(let own): fields = own
            case .line(let line): fields = line.fields
            case .json(let text): fields = text.fields
            }
            body = .fields(Fields())
            defer { body = .fields(fields) }
            yield &fields
        }
    }
}

extension Event {
    /// Takes the fields out, leaving none.
    mutating func takeFields() -> Fields {
        switch body {
        case .fields(let own):
            body = .fields(Fields())
            return own
        case .line(let line): return line.fields
        case .json(let text): return text.fields
        }
    }
}
