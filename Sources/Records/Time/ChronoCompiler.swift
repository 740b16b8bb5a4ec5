extension ChronoFormat {
    /// Makes the steps of a format.
    struct Compiler {
        private let bytes: [UInt8]
        private var at = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func run(_ program: inout TimeProgram) throws(TimeMistake) {
            while at < bytes.count {
                let start = at
                if bytes[at] == 0x25 {
                    at += 1
                    try conversion(&program)
                } else if bytes[at].isSpace {
                    while at < bytes.count, bytes[at].isSpace { at += 1 }
                    program.space(bytes[start..<at])
                } else {
                    while at < bytes.count, bytes[at] != 0x25, !bytes[at].isSpace { at += 1 }
                    program.literal(bytes[start..<at])
                }
            }
        }

        private mutating func next() throws(TimeMistake) -> Unicode.Scalar {
            guard at < bytes.count else { throw .badFormat }
            at += 1
            return Unicode.Scalar(bytes[at - 1])
        }

        private mutating func conversion(_ program: inout TimeProgram) throws(TimeMistake) {
            var letter = try next()
            var pad: TimeStep.Pad?
            switch letter {
            case "-": pad = TimeStep.Pad.none
            case "0": pad = .zero
            case "_": pad = .blank
            case "#":
                guard try next() == "z" else { throw .badFormat }
                program.steps.append(.offset(.permissive))
                return
            default: break
            }
            if let pad {
                letter = try next()
                guard let (number, _) = Self.number(letter) else { throw .badFormat }
                program.steps.append(.number(number, pad))
                return
            }
            if let (number, pad) = Self.number(letter) {
                program.steps.append(.number(number, pad))
            } else if let format = Self.composed(letter) {
                var compiler = Compiler(Array(format.utf8))
                try compiler.run(&program)
            } else {
                try plain(letter, &program)
            }
        }

        private mutating func plain(
            _ letter: Unicode.Scalar,
            _ program: inout TimeProgram
        ) throws(TimeMistake) {
            switch letter {
            case "A": program.steps.append(.longWeekday)
            case "a": program.steps.append(.shortWeekday)
            case "B": program.steps.append(.longMonth)
            case "b", "h": program.steps.append(.shortMonth)
            case "P": program.steps.append(.lowerHalf)
            case "p": program.steps.append(.upperHalf)
            case "Z": program.steps.append(.zoneName)
            case "z": program.steps.append(.offset(.plain))
            case "+": program.steps.append(.rfc3339)
            case "n": program.space([0x0A])
            case "t": program.space([0x09])
            case "%": program.literal([0x25])
            case ":":
                var colons = 1
                var letter = try next()
                while letter == ":", colons < 3 {
                    colons += 1
                    letter = try next()
                }
                guard letter == "z" else { throw .badFormat }
                program.steps.append(
                    .offset(colons == 1 ? .colon : colons == 2 ? .seconds : .hours)
                )
            case ".":
                let letter = try next()
                if letter == "f" {
                    program.steps.append(.pointFraction)
                } else {
                    program.steps.append(.pointDigits(try digits(letter)))
                }
            case "3", "6", "9": program.steps.append(.digits(try digits(letter)))
            default: throw .badFormat
            }
        }

        /// The number of `3f`, `6f` or `9f`.
        private mutating func digits(_ letter: Unicode.Scalar) throws(TimeMistake) -> Int {
            guard letter == "3" || letter == "6" || letter == "9", try next() == "f" else {
                throw .badFormat
            }
            return Int(letter.value - 0x30)
        }

        static func number(_ letter: Unicode.Scalar) -> (TimeStep.Number, TimeStep.Pad)? {
            switch letter {
            case "Y": (.year, .zero)
            case "C": (.century, .zero)
            case "y": (.yearOfCentury, .zero)
            case "G": (.isoYear, .zero)
            case "g": (.isoYearOfCentury, .zero)
            case "m": (.month, .zero)
            case "d": (.day, .zero)
            case "e": (.day, .blank)
            case "w": (.daysFromSunday, .none)
            case "u": (.dayFromMonday, .none)
            case "U": (.weekFromSunday, .zero)
            case "W": (.weekFromMonday, .zero)
            case "V": (.isoWeek, .zero)
            case "j": (.dayOfYear, .zero)
            case "H": (.hour, .zero)
            case "k": (.hour, .blank)
            case "I": (.hour12, .zero)
            case "l": (.hour12, .blank)
            case "M": (.minute, .zero)
            case "S": (.second, .zero)
            case "f": (.nanosecond, .zero)
            case "s": (.unix, .none)
            default: nil
            }
        }

        static func composed(_ letter: Unicode.Scalar) -> String? {
            switch letter {
            case "D", "x": "%m/%d/%y"
            case "F": "%Y-%m-%d"
            case "v": "%e-%b-%Y"
            case "R": "%H:%M"
            case "T", "X": "%H:%M:%S"
            case "r": "%I:%M:%S %p"
            case "c": "%a %b %e %H:%M:%S %Y"
            default: nil
            }
        }
    }
}
