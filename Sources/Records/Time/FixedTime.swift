/// A format of numbers of full width and of literals alone, such as `%Y-%m-%dT%H:%M:%S`: every part has its
/// place, and is read without a look at the steps.
struct FixedTime: Sendable, Hashable {
    private var numbers: [Place] = []
    private var literals: [Place] = []
    /// How many bytes it has.
    private(set) var count = 0

    private struct Place: Sendable, Hashable {
        var at: Int
        /// A literal's byte, or which number it is.
        var what: UInt8
    }

    private static let order: [TimeStep.Number] = [.year, .month, .day, .hour, .minute, .second]

    /// Looks whether the first steps of a format are of that kind.
    ///
    /// - Returns: nil if they are not; else which steps there are besides.
    static func of(_ program: TimeProgram) -> (fixed: FixedTime, rest: ArraySlice<TimeStep>)? {
        var fixed = FixedTime()
        var seen: Set<UInt8> = []
        for (index, step) in program.steps.enumerated() {
            switch step {
            case .literal(let start, let count):
                for place in start..<start + count {
                    fixed.literals.append(Place(at: fixed.count, what: program.byte(place)))
                    fixed.count += 1
                }
            case .number(let number, _):
                guard let which = order.firstIndex(of: number),
                    seen.insert(UInt8(which)).inserted
                else { return nil }
                fixed.numbers.append(Place(at: fixed.count, what: UInt8(which)))
                fixed.count += number.width
            default:
                return seen.count == order.count ? (fixed, program.steps[index...]) : nil
            }
        }
        return seen.count == order.count ? (fixed, program.steps[program.steps.count...]) : nil
    }

    /// Reads the parts; false if the text is written in another way, which says nothing about whether it is a time.
    @inline(__always)
    func read(_ bytes: Span<UInt8>, into parts: inout StrptimeParts) -> Bool {
        guard bytes.count >= count else { return false }
        for index in literals.indices {
            let literal = literals[index]
            guard bytes[literal.at] == literal.what else { return false }
        }
        for index in numbers.indices {
            let number = numbers[index]
            guard var value = Self.pair(bytes, number.at) else { return false }
            switch number.what {
            case 0:
                guard let rest = Self.pair(bytes, number.at &+ 2) else { return false }
                value = value &* 100 &+ rest
                parts.year = value
            case 1:
                guard value >= 1, value <= 12 else { return false }
                parts.month = value
            case 2:
                guard value >= 1, value <= 31 else { return false }
                parts.day = value
            case 3:
                guard value <= 23 else { return false }
                parts.hour = value
            case 4:
                guard value <= 59 else { return false }
                parts.minute = value
            default:
                guard value <= 60 else { return false }
                parts.second = value
            }
        }
        return true
    }

    /// Two digits.
    @inline(__always)
    private static func pair(_ bytes: Span<UInt8>, _ at: Int) -> Int? {
        let (tens, ones) = (bytes[at] &- 0x30, bytes[at &+ 1] &- 0x30)
        guard tens < 10, ones < 10 else { return nil }
        return Int(tens) &* 10 &+ Int(ones)
    }
}
