/// The names of months and days, in English.
enum TimeNames {
    static let months: [StaticString] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    static let weekdays: [StaticString] = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    /// Appends a name or its first three letters.
    static func append(_ name: StaticString, isShort: Bool, to output: inout [UInt8]) {
        let count = isShort ? 3 : name.utf8CodeUnitCount
        for index in 0..<count { output.append(unsafe name.utf8Start[index]) }
    }

    /// The first three letters of a name in lower case, as a number.
    static func key(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> UInt32 {
        UInt32(first | 0x20) << 16 | UInt32(second | 0x20) << 8 | UInt32(third | 0x20)
    }

    private static func key(_ name: StaticString) -> UInt32 {
        unsafe key(name.utf8Start[0], name.utf8Start[1], name.utf8Start[2])
    }

    private static let monthKeys = months.map(key)
    private static let weekdayKeys = weekdays.map(key)

    /// The number of the month, from 1, of three letters.
    static func month(_ key: UInt32) -> Int? {
        for index in 0..<12 where monthKeys[index] == key { return index + 1 }
        return nil
    }

    /// The day of the week, Sunday is 0, of three letters.
    static func weekday(_ key: UInt32) -> Int? {
        for index in 0..<7 where weekdayKeys[index] == key { return index }
        return nil
    }

    /// Offsets in seconds of zones' abbreviations in upper case, as Fluent Bit knows them; of those that
    /// several zones have it takes North America's and India's.
    static let offsets: [String: Int] = {
        let hours: [(Double, String)] = [
            (0, "GMT UTC Z UT WET"), (-5, "EST CDT"), (-4, "EDT AST CLT"), (-6, "CST MDT"),
            (-7, "MST PDT"), (-8, "PST AKDT"), (-9, "AKST HADT"), (-10, "HST"),
            (-3, "ADT ART BRT CLST"), (-2, "BRST"), (-3.5, "NST"), (-2.5, "NDT"),
            (1, "WEST CET WAT"), (2, "CEST EET CAT SAST"), (3, "EEST MSK EAT"), (4, "GST"),
            (5.5, "IST"), (5.75, "NPT"), (6, "BDT"), (7, "ICT WIB"), (8, "AWST SGT WITA MYT"),
            (9, "JST KST WIT"), (9.5, "ACST"), (10, "AEST"), (10.5, "ACDT"), (11, "AEDT"),
            (12, "NZST"), (13, "NZDT"),
        ]
        var table: [String: Int] = [:]
        for (hour, names) in hours {
            for name in names.split(separator: " ") { table[String(name)] = Int(hour * 3600) }
        }
        // The military's letters: A to M without J go east, N to Y west.
        for (index, letter) in "ABCDEFGHIKLM".enumerated() {
            table[String(letter)] = (index + 1) * 3600
        }
        for (index, letter) in "NOPQRSTUVWXY".enumerated() {
            table[String(letter)] = -(index + 1) * 3600
        }
        return table
    }()
}
