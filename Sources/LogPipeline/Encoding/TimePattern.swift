import Basics
import Records

/// A strftime text that is rendered again and again, in UTC.
///
/// What it gives is kept for the second that it was asked for last: records come with times that are close
/// together.
struct TimePattern: Sendable {
    /// The text.
    let text: String
    private let pieces: [Piece]
    private let isFine: Bool
    private var second = Int64.min
    private var rendered: [UInt8] = []

    private enum Piece: Sendable {
        case literal([UInt8])
        case field(UInt8)
        case fraction(digits: Int)
    }

    /// Reads a strftime text; a conversion that is not known stays as it is.
    init(_ text: String) {
        self.text = text
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        let bytes = Array(text.utf8)
        var at = 0
        func flush() {
            if !literal.isEmpty { pieces.append(.literal(literal)) }
            literal = []
        }
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "%"), at + 1 < bytes.count else {
                literal.append(bytes[at])
                at += 1
                continue
            }
            var next = at + 1
            // `%3N`, `%.3f`: digits of the second; `%-d`: without zeros.
            while next + 1 < bytes.count, "0123456789.:-".utf8.contains(bytes[next]) { next += 1 }
            let flags = bytes[(at + 1)..<next]
            let conversion = bytes[next]
            switch conversion {
            case UInt8(ascii: "%"): literal.append(conversion)
            case UInt8(ascii: "L"):
                flush()
                pieces.append(.fraction(digits: 3))
            case UInt8(ascii: "f"), UInt8(ascii: "N"):
                if flags.first == UInt8(ascii: ".") { literal.append(UInt8(ascii: ".")) }
                flush()
                let width = flags.last.map { Int($0) - 0x30 } ?? 9
                pieces.append(.fraction(digits: (1...9).contains(width) ? width : 9))
            case UInt8(ascii: "z") where flags.contains(UInt8(ascii: ":")): literal += "+00:00".utf8
            case let known where "YmdHMSjyeIpBbhAaFTDRsuwZzCn t".utf8.contains(known):
                flush()
                pieces.append(.field(known))
            default: literal += bytes[at...next]
            }
            at = next + 1
        }
        flush()
        self.pieces = pieces
        isFine = pieces.contains { if case .fraction = $0 { true } else { false } }
    }

    /// Whether it holds no conversion.
    var isPlain: Bool {
        pieces.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    /// Whether it stays the same for an hour at least.
    var isCoarse: Bool {
        pieces.allSatisfy {
            switch $0 {
            case .literal: true
            case .fraction: false
            case .field(let conversion): !"MSTRs".utf8.contains(conversion)
            }
        }
    }

    /// Appends what it gives for a time.
    mutating func append(_ time: Timestamp, to output: inout [UInt8]) {
        guard !isFine else {
            render(time, to: &output)
            return
        }
        if time.seconds != second {
            second = time.seconds
            rendered.removeAll(keepingCapacity: true)
            render(time, to: &rendered)
        }
        output.append(contentsOf: rendered)
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    private static let days = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    private func render(_ time: Timestamp, to output: inout [UInt8]) {
        let civil = CivilTime(time, offset: 0)
        for piece in pieces {
            switch piece {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .fraction(let digits):
                var divisor = 1
                for _ in digits..<9 { divisor *= 10 }
                output.append(civil.nanosecond / divisor, digits: digits)
            case .field(let conversion): Self.append(conversion, civil, time, to: &output)
            }
        }
    }

    private static func append(
        _ conversion: UInt8,
        _ civil: CivilTime,
        _ time: Timestamp,
        to output: inout [UInt8]
    ) {
        func sequence(_ text: String) {
            for part in text.utf8 {
                if part == 0x3A || part == 0x2D || part == 0x2F {
                    output.append(part)
                } else {
                    append(part, civil, time, to: &output)
                }
            }
        }
        let hour = (civil.hour + 11) % 12 + 1
        switch conversion {
        case UInt8(ascii: "Y"): output.append(civil.year, digits: 4)
        case UInt8(ascii: "C"): output.append(civil.year / 100, digits: 2)
        case UInt8(ascii: "y"): output.append(civil.year % 100, digits: 2)
        case UInt8(ascii: "m"): output.append(civil.month, digits: 2)
        case UInt8(ascii: "d"): output.append(civil.day, digits: 2)
        case UInt8(ascii: "e"):
            if civil.day < 10 { output.append(0x20) }
            output.append(decimal: Int64(civil.day))
        case UInt8(ascii: "H"): output.append(civil.hour, digits: 2)
        case UInt8(ascii: "I"): output.append(hour, digits: 2)
        case UInt8(ascii: "p"): output.append(text: civil.hour < 12 ? "AM" : "PM")
        case UInt8(ascii: "M"): output.append(civil.minute, digits: 2)
        case UInt8(ascii: "S"): output.append(civil.second, digits: 2)
        case UInt8(ascii: "j"): output.append(civil.dayOfYear, digits: 3)
        case UInt8(ascii: "B"): output.append(text: months[civil.month - 1])
        case UInt8(ascii: "b"), UInt8(ascii: "h"):
            output.append(text: String(months[civil.month - 1].prefix(3)))
        case UInt8(ascii: "A"): output.append(text: days[civil.weekday])
        case UInt8(ascii: "a"): output.append(text: String(days[civil.weekday].prefix(3)))
        case UInt8(ascii: "u"): output.append((civil.weekday + 6) % 7 + 1, digits: 1)
        case UInt8(ascii: "w"): output.append(civil.weekday, digits: 1)
        case UInt8(ascii: "F"): sequence("Y-m-d")
        case UInt8(ascii: "T"): sequence("H:M:S")
        case UInt8(ascii: "R"): sequence("H:M")
        case UInt8(ascii: "D"): sequence("m/d/y")
        case UInt8(ascii: "s"): output.append(decimal: time.seconds)
        case UInt8(ascii: "Z"): output.append(text: "UTC")
        case UInt8(ascii: "z"): output.append(text: "+0000")
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "t"): output.append(0x09)
        default: output.append(conversion)
        }
    }
}
