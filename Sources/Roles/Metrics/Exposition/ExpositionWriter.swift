/// Writes samples in a text form of Prometheus.
///
/// Names do not depend on the form: a counter whose name does not end with `_total`, which OpenMetrics wants, is
/// `unknown` there rather than renamed.
package struct ExpositionWriter {
    /// What was written.
    package private(set) var bytes: [UInt8]
    /// Where in `bytes` the number of each sample stands.
    private(set) var spots: [PreparedPage.Spot] = []
    private let format: ExpositionFormat
    /// Labels that every series gets: `a="b",c="d"`.
    private let constant: [UInt8]

    /// Begins a text.
    package init(_ format: ExpositionFormat, constant: LabelText = LabelText()) {
        self.format = format
        self.constant = constant.bytes
        bytes = []
    }

    /// Writes a set, family by family; families without samples are left out.
    package mutating func write(_ set: SampleSet) {
        bytes.reserveCapacity(bytes.count + set.texts.count * 2 + set.count * 24)
        for family in set.families.indices where set.families[family].first >= 0 {
            write(family: family, of: set) { _ in }
        }
    }

    /// Forgets what was written, and keeps the room.
    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        spots.removeAll(keepingCapacity: true)
    }

    /// Ends the text.
    package mutating func finish() {
        if format == .openMetrics { bytes.append(contentsOf: "# EOF\n".utf8) }
    }

    /// Writes a family; `afterEach` is called with every sample.
    mutating func write(
        family index: Int,
        of set: SampleSet,
        afterEach: (inout ExpositionWriter) -> Void
    ) {
        let family = set.families[index]
        let name = Array(set.texts[family.name.range])
        head(family, name, set)
        var index = family.first
        while index >= 0 {
            let sample = set.samples[Int(index)]
            bytes.append(contentsOf: name)
            if sample.suffix != .none { bytes.append(contentsOf: sample.suffix.text.utf8) }
            labels(set, sample.labels.range)
            bytes.append(0x20)
            let start = bytes.count
            DecimalNumber.append(set.values[Int(index)], to: &bytes)
            spots.append(
                PreparedPage.Spot(
                    sample: index,
                    start: UInt32(start),
                    count: UInt32(bytes.count - start)
                )
            )
            if sample.timestamp != SampleSet.now { time(sample.timestamp) }
            bytes.append(0x0A)
            afterEach(&self)
            index = sample.next
        }
    }

    /// Writes the remarks about a family.
    private mutating func head(
        _ family: SampleSet.Family,
        _ name: [UInt8],
        _ set: SampleSet
    ) {
        var shown = name[...]
        var word = family.kind.word
        if format == .openMetrics {
            switch family.kind {
            case .counter where MetricName.hasSuffix(name, "_total") && name.count > 6:
                shown = name.dropLast(6)
            case .info where MetricName.hasSuffix(name, "_info") && name.count > 5:
                shown = name.dropLast(5)
                word = "info"
            case .counter, .unknown: word = "unknown"
            case .info: word = "gauge"
            default: break
            }
        }
        let told = family.help.count > 0 ? family.help : set.usualHelp
        if told.count > 0 {
            bytes.append(contentsOf: "# HELP ".utf8)
            bytes.append(contentsOf: shown)
            bytes.append(0x20)
            help(set, told.range)
            bytes.append(0x0A)
        }
        bytes.append(contentsOf: "# TYPE ".utf8)
        bytes.append(contentsOf: shown)
        bytes.append(0x20)
        bytes.append(contentsOf: word.utf8)
        bytes.append(0x0A)
        if format == .openMetrics, family.unit.count > 0 {
            let unit = set.texts[family.unit.range]
            if shown.count > unit.count, shown.suffix(unit.count).elementsEqual(unit),
                shown[shown.endIndex - unit.count - 1] == UInt8(ascii: "_")
            {
                bytes.append(contentsOf: "# UNIT ".utf8)
                bytes.append(contentsOf: shown)
                bytes.append(0x20)
                bytes.append(contentsOf: unit)
                bytes.append(0x0A)
            }
        }
    }

    private mutating func labels(_ set: SampleSet, _ range: Range<Int>) {
        guard !range.isEmpty || !constant.isEmpty else { return }
        bytes.append(UInt8(ascii: "{"))
        bytes.append(contentsOf: constant)
        if !range.isEmpty, !constant.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: set.texts[range])
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func help(_ set: SampleSet, _ range: Range<Int>) {
        let isPlain = !set.texts[range].contains {
            $0 == 0x0A || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"")
        }
        if isPlain {
            bytes.append(contentsOf: set.texts[range])
            return
        }
        for place in range {
            let byte = set.texts[place]
            switch byte {
            case 0x0A: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case UInt8(ascii: "\\"): bytes.append(contentsOf: [byte, byte])
            case UInt8(ascii: "\"") where format == .openMetrics:
                bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            default: bytes.append(byte)
            }
        }
    }

    private mutating func time(_ milliseconds: Int64) {
        bytes.append(0x20)
        guard format == .openMetrics else {
            DecimalNumber.append(milliseconds, to: &bytes)
            return
        }
        let (seconds, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        if milliseconds < 0 { bytes.append(UInt8(ascii: "-")) }
        DecimalNumber.append(Int64(seconds), to: &bytes)
        bytes.append(UInt8(ascii: "."))
        for digit in [rest / 100, rest / 10 % 10, rest % 10] {
            bytes.append(UInt8(ascii: "0") + UInt8(digit))
        }
    }
}
