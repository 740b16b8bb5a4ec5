/// A line of StatsD, with DogStatsD's tags and lists of values.
///
/// `name:1|c|@0.1|#env:prod,zone:a` - parts are ranges of the text; nothing is copied.
struct StatsDLine {
    /// What a value does.
    enum Kind: UInt8 {
        case counter, gauge, timer, observation, set
    }

    var name: Range<Int>
    var kind: Kind
    /// The text of the type, for the table's key.
    var type: Range<Int>
    /// All values: several are parted by colons.
    var values: Range<Int>
    var rate: Double
    /// DogStatsD's tags, without `#`; empty if there are none.
    var tags: Range<Int>

    /// Reads a line; `nil` if it is none.
    ///
    /// Events (`_e{`) and service checks (`_sc|`) are none either.
    @inline(__always)
    static func parse(_ bytes: [UInt8], _ line: Range<Int>) -> StatsDLine? {
        var place = line.lowerBound
        let end = line.upperBound
        while place < end, bytes[place] != UInt8(ascii: ":") {
            if bytes[place] == UInt8(ascii: "|") { return nil }
            place &+= 1
        }
        guard place > line.lowerBound, place < end else { return nil }
        let name = line.lowerBound..<place
        place &+= 1
        let valueStart = place
        while place < end, bytes[place] != UInt8(ascii: "|") { place &+= 1 }
        guard place > valueStart, place &+ 1 < end else { return nil }
        let values = valueStart..<place
        place &+= 1
        let typeStart = place
        while place < end, bytes[place] != UInt8(ascii: "|") { place &+= 1 }
        let type = typeStart..<place
        guard let kind = kind(bytes, type) else { return nil }
        var rate = 1.0
        var tags = end..<end
        while place < end {
            place &+= 1
            let start = place
            while place < end, bytes[place] != UInt8(ascii: "|") { place &+= 1 }
            guard start < place else { return nil }
            switch bytes[start] {
            case UInt8(ascii: "@"):
                guard let given = DecimalNumber.parse(bytes, (start &+ 1)..<place), given > 0,
                    given <= 1
                else { return nil }
                rate = given
            case UInt8(ascii: "#"): tags = (start &+ 1)..<place
            // DogStatsD's container (c:), time (T) and external data (e:) change no series.
            case UInt8(ascii: "c"), UInt8(ascii: "T"), UInt8(ascii: "e"): continue
            default: return nil
            }
        }
        return StatsDLine(
            name: name,
            kind: kind,
            type: type,
            values: values,
            rate: rate,
            tags: tags
        )
    }

    @inline(__always)
    private static func kind(_ bytes: [UInt8], _ type: Range<Int>) -> Kind? {
        guard let first = type.first else { return nil }
        switch bytes[first] {
        case UInt8(ascii: "c") where type.count == 1: return .counter
        case UInt8(ascii: "g") where type.count == 1: return .gauge
        case UInt8(ascii: "m"):
            if type.count == 1 { return .counter }
            return type.count == 2 && bytes[first &+ 1] == UInt8(ascii: "s") ? .timer : nil
        case UInt8(ascii: "h") where type.count == 1: return .observation
        case UInt8(ascii: "d") where type.count == 1: return .observation
        case UInt8(ascii: "s") where type.count == 1: return .set
        default: return nil
        }
    }
}
