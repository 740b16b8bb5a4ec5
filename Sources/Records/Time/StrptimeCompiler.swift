/// Makes the steps of a format of `strptime` or `strftime`.
struct StrptimeCompiler {
    private let bytes: [UInt8]
    private let isStrict: Bool
    private var at = 0
    private(set) var program = TimeProgram()

    init(_ text: String, isStrict: Bool) {
        bytes = Array(text.utf8)
        self.isStrict = isStrict
    }

    mutating func run() throws(TimeMistake) {
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x25 {
                let start = at
                at += 1
                guard try conversion() else {
                    guard !isStrict else { throw .badFormat }
                    program.literal(bytes[start..<at])
                    continue
                }
            } else if byte.isSpace {
                program.space([byte])
                at += 1
            } else if isFractionNext, byte != 0x20 {
                program.steps.append(.looseFraction(byte))
                at += 3
            } else {
                program.literal([byte])
                at += 1
            }
        }
    }

    /// Whether the byte after this one begins `%L`, and this one is a mark that may separate it.
    private var isFractionNext: Bool {
        guard isStrict, at + 2 < bytes.count, bytes[at + 1] == 0x25, bytes[at + 2] == 0x4C else {
            return false
        }
        return [0x2E, 0x2C, 0x3A].contains(bytes[at])
    }

    /// Adds a conversion behind its percent sign; false if there is no such.
    private mutating func conversion() throws(TimeMistake) -> Bool {
        var pad: TimeStep.Pad?
        var colons = 0
        var width: Int?
        while at < bytes.count {
            let letter = Unicode.Scalar(bytes[at])
            at += 1
            switch letter {
            case "E", "O", "^", "#": break
            case "-": pad = TimeStep.Pad.none
            case "_": pad = .blank
            case "0" where width == nil: pad = .zero
            case "1"..."9", "0": width = (width ?? 0) * 10 % 1000 + Int(letter.value - 0x30)
            case ":": colons += 1
            default: return try add(letter, pad, width, colons)
            }
        }
        return false
    }

    private mutating func add(
        _ letter: Unicode.Scalar,
        _ pad: TimeStep.Pad?,
        _ width: Int?,
        _ colons: Int
    ) throws(TimeMistake) -> Bool {
        if letter != "f", let (number, usual) = ChronoFormat.Compiler.number(letter) {
            program.steps.append(.number(number, pad ?? usual))
            return true
        }
        if letter != "v" || !isStrict, let format = ChronoFormat.Compiler.composed(letter) {
            var inner = StrptimeCompiler(format, isStrict: isStrict)
            try inner.run()
            for step in inner.program.steps {
                switch step {
                case .literal(let start, let count):
                    program.literal((start..<start + count).map { inner.program.byte($0) })
                case .space(let start, let count):
                    program.space((start..<start + count).map { inner.program.byte($0) })
                default: program.steps.append(step)
                }
            }
            return true
        }
        switch letter {
        case "A", "a": program.steps.append(letter == "A" ? .longWeekday : .shortWeekday)
        case "B": program.steps.append(.longMonth)
        case "b", "h": program.steps.append(.shortMonth)
        case "P": program.steps.append(.lowerHalf)
        case "p": program.steps.append(.upperHalf)
        case "Z": program.steps.append(.zoneName)
        case "z":
            program.steps.append(.offset(colons == 0 ? .plain : colons == 1 ? .colon : .seconds))
        case "n": program.space([0x0A])
        case "t": program.space([0x09])
        case "%": program.literal([0x25])
        case "L": fraction(width ?? 3)
        case "N": fraction(width ?? 9)
        default: return false
        }
        return true
    }

    /// Reading takes the digits that there are.
    private mutating func fraction(_ digits: Int) {
        program.steps.append(isStrict ? .looseFraction(0) : .digits(min(digits, 9)))
    }
}
