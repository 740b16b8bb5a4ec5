import Basics
import Records

/// Reads the parts of a Forward message.
struct ForwardReader: ~Escapable {
    private var reader: MessagePackReader

    /// Begins to read.
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        reader = MessagePackReader(bytes, limits: MessagePackLimits(bytes: max(bytes.count, 1)))
    }

    /// Whether everything has been read.
    var isAtEnd: Bool { reader.isAtEnd }

    /// The next value.
    mutating func value() throws(ForwardMistake) -> Value {
        do throws(MessagePackMistake) {
            return try reader.next()
        } catch {
            throw .malformed(error.description)
        }
    }

    /// How many values follow if the next one is a list; it stands before the first then.
    mutating func listCount() throws(ForwardMistake) -> Int? {
        do throws(MessagePackMistake) {
            return try reader.listCount()
        } catch {
            throw .malformed(error.description)
        }
    }

    /// Where the content of the next value lies if it is a text or binary; it stands behind it then.
    mutating func content() throws(ForwardMistake) -> Range<Int>? {
        do throws(MessagePackMistake) {
            return try reader.content()
        } catch {
            throw .malformed(error.description)
        }
    }

    /// A point in time: Fluentd's event time, or seconds; nil for zero and what is none.
    mutating func time() throws(ForwardMistake) -> Timestamp? {
        // Fluent Bit puts metadata beside the time.
        if let count = try listCount() {
            guard count > 0 else { return nil }
            let time = Self.time(try value())
            for _ in 1..<count { _ = try value() }
            return time
        }
        return Self.time(try value())
    }

    private static func time(_ value: Value) -> Timestamp? {
        switch value {
        case .timestamp(let time): time
        case .integer(let seconds) where seconds != 0 && abs(seconds) < 9_000_000_000:
            Timestamp(seconds: seconds)
        case .float(let seconds) where seconds != 0 && abs(seconds) < 9e9:
            Timestamp(nanoseconds: Int64(seconds * 1e9))
        default: nil
        }
    }
}
