import Basics
import Formats

/// What StatsD has told so far, by series.
///
/// A line is found by the hash of its name, type and tags; only one that is new is taken apart. Counters and
/// observations never fall; a set tells how many different texts came since the scrape before.
struct StatsDTable {
    /// What a series holds: plain numbers only, since every line comes by here.
    struct Series {
        var value = 0.0
        var changed: Instant
        var family: Int32
        /// The index of its histogram, summary or set; -1 if it has none.
        var detail: Int32 = -1
        /// The first of its samples in what was told last.
        var place: Int32 = -1
        var kind: StatsDLine.Kind
        var isAlive = true
        /// Whether it has a time to live.
        var isMortal: Bool
    }

    /// What is asked for when series are told.
    struct Description {
        var labels: LabelText
        var ttl: Duration
    }

    struct Family {
        var name: String
        var help: String
        var kind: MetricKind
    }

    struct Histogram {
        var bounds: [Double]
        var counts: [Double]
        var sum = 0.0
        var count = 0.0
    }

    struct Summary {
        var quantiles: [Double]
        var sketch = QuantileSketch()
        var sum = 0.0
        var count = 0.0
        var turned: Instant
    }

    /// What has happened.
    struct Statistics: Hashable {
        var lines = 0
        var samples = 0
        /// Lines that are none.
        var bad = 0
        /// Lines whose series would be too many.
        var refused = 0
        /// Lines that a mapping drops, and events.
        var dropped = 0
        /// Series whose type conflicts with that of their name.
        var conflicts = 0
        /// Series that went because nothing was told about them.
        var expired = 0
    }

    /// What a remembered line leads to.
    private struct Entry {
        var key: SampleSet.Piece
        /// -1 for lines that are dropped, -2 for those in conflict.
        var series: Int32
        /// What its values are multiplied by: a timer's and a histogram's may go to one series.
        var scale: Double
    }

    let options: StatsDOptions
    private let mappings: StatsDMappings
    private var texts: [UInt8] = []
    private var entries: [Entry] = []
    private var table = SlotTable()
    var series: [Series] = []
    var descriptions: [Description] = []
    private var places: [String: Int] = [:]
    private(set) var families: [Family] = []
    private var familyPlaces: [String: Int] = [:]
    var histograms: [Histogram] = []
    var summaries: [Summary] = []
    var sets: [Set<[UInt8]>] = []
    var statistics = Statistics()
    /// Whether series have come or gone since all were told, or what was told cannot be told again by numbers.
    var isOther = true
    /// Whether lines have come since.
    var isChanged = true
    /// What was told last.
    var told: [Double] = []
    var hasMortals = false

    /// Makes an empty table.
    ///
    /// - Throws: `invalid` for an expression of a mapping that is not understood.
    init(_ options: StatsDOptions) throws(Failure) {
        self.options = options
        mappings = try StatsDMappings(options.mappings)
    }

    // MARK: Taking in

    /// Takes in the lines of a datagram or of a piece of a stream.
    mutating func take(_ bytes: [UInt8], _ range: Range<Int>, now: Instant) {
        var place = range.lowerBound
        let text = unsafe bytes.span.bytes
        while place < range.upperBound {
            let start = place
            // Eight bytes without the end of a line at a time.
            while place &+ 8 <= range.upperBound, !text.word(at: place).hasLineEnd { place &+= 8 }
            while place < range.upperBound, bytes[place] != 0x0A { place &+= 1 }
            var end = place
            place &+= 1
            if end > start, bytes[end &- 1] == 0x0D { end &-= 1 }
            if end > start { line(bytes, start..<end, now) }
        }
    }

    private mutating func line(_ bytes: [UInt8], _ range: Range<Int>, _ now: Instant) {
        statistics.lines &+= 1
        guard let line = StatsDLine.parse(bytes, range) else {
            // Events and service checks of DogStatsD are no metrics, and no mistakes.
            if bytes[range.lowerBound] == UInt8(ascii: "_"),
                bytes.has("_e{", at: range) || bytes.has("_sc|", at: range)
            {
                statistics.dropped &+= 1
            } else {
                statistics.bad &+= 1
            }
            return
        }
        let entry = entry(bytes, line, now)
        let found = entry < 0 ? entry : Int(entries[entry].series)
        guard found >= 0 else {
            switch found {
            case -1: statistics.dropped &+= 1
            case -2: statistics.conflicts &+= 1
            default: statistics.refused &+= 1
            }
            return
        }
        isChanged = true
        if !apply(bytes, line, found, entries[entry].scale, now) { statistics.bad &+= 1 }
    }

    /// The place of what is remembered of a line; -3 if there is no room for it.
    @inline(__always)
    private mutating func entry(_ bytes: [UInt8], _ line: StatsDLine, _ now: Instant) -> Int {
        var hash = ByteHash()
        hash.add(bytes, line.name)
        hash.add(Int(line.kind.rawValue))
        hash.add(bytes, line.tags)
        let key = hash.value
        var slot = table.begin(key)
        while let index = table.next(&slot) {
            if isEqual(entries[index].key, bytes, line) { return index }
        }
        return remember(bytes, line, key, now)
    }

    /// Whether a remembered key is that of a line: name, kind, tags.
    @inline(__always)
    private func isEqual(_ key: SampleSet.Piece, _ bytes: [UInt8], _ line: StatsDLine) -> Bool {
        guard Int(key.count) == line.name.count &+ 1 &+ line.tags.count else { return false }
        let (known, given) = unsafe (texts.span.bytes, bytes.span.bytes)
        let (start, count) = (Int(key.start), line.name.count)
        return known.isEqual(start, to: given, line.name.lowerBound, count: count)
            && known.byte(at: start &+ count) == line.kind.rawValue
            && known.isEqual(
                start &+ count &+ 1,
                to: given,
                line.tags.lowerBound,
                count: line.tags.count
            )
    }

    private mutating func remember(
        _ bytes: [UInt8],
        _ line: StatsDLine,
        _ hash: UInt64,
        _ now: Instant
    ) -> Int {
        guard entries.count < options.limit * 2 else { return -3 }
        let (found, scale) = make(bytes, line, now)
        // What is refused for want of room may have room later.
        guard found > -3 else { return found }
        let key = SampleSet.Piece(
            start: UInt32(texts.count),
            count: UInt32(line.name.count + 1 + line.tags.count)
        )
        texts.append(contentsOf: bytes[line.name])
        texts.append(line.kind.rawValue)
        texts.append(contentsOf: bytes[line.tags])
        entries.append(Entry(key: key, series: Int32(found), scale: scale))
        table.insert(hash, entries.count - 1)
        return entries.count - 1
    }

    @inline(__always)
    private mutating func apply(
        _ bytes: [UInt8],
        _ line: StatsDLine,
        _ index: Int,
        _ scale: Double,
        _ now: Instant
    ) -> Bool {
        if !series[index].isAlive { revive(index) }
        if series[index].isMortal { series[index].changed = now }
        if line.kind == .set {
            let detail = Int(series[index].detail)
            if sets[detail].count < options.setMaximum {
                sets[detail].insert(Array(bytes[line.values]))
            }
            statistics.samples &+= 1
            return true
        }
        var start = line.values.lowerBound
        var isGood = false
        while start < line.values.upperBound {
            var end = start
            while end < line.values.upperBound, bytes[end] != UInt8(ascii: ":") { end &+= 1 }
            guard let value = DecimalNumber.parse(bytes, start..<end), value.isFinite else {
                return isGood
            }
            isGood = true
            statistics.samples &+= 1
            apply(value * scale, line, bytes[start], index)
            start = end &+ 1
        }
        return isGood
    }

    @inline(__always)
    private mutating func apply(
        _ value: Double,
        _ line: StatsDLine,
        _ first: UInt8,
        _ index: Int
    ) {
        switch line.kind {
        case .counter:
            // A counter that falls would look like one that begins again.
            if value >= 0 { series[index].value += value / line.rate }
        case .gauge:
            if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
                series[index].value += value
            } else {
                series[index].value = value
            }
        case .timer, .observation: observe(value, 1 / line.rate, index)
        case .set: break
        }
    }

    private mutating func observe(_ value: Double, _ weight: Double, _ index: Int) {
        let detail = Int(series[index].detail)
        // One in ten is ten, also where a tenth is not exact.
        let weight = weight.rounded()
        guard families[Int(series[index].family)].kind == .histogram else {
            summaries[detail].sketch.add(value, weight: weight)
            summaries[detail].sum += value * weight
            summaries[detail].count += weight
            return
        }
        var low = 0
        var high = histograms[detail].bounds.count
        while low < high {
            let middle = (low &+ high) / 2
            if value <= histograms[detail].bounds[middle] {
                high = middle
            } else {
                low = middle &+ 1
            }
        }
        histograms[detail].counts[low] += weight
        histograms[detail].sum += value * weight
        histograms[detail].count += weight
    }

    // MARK: Series

    /// Makes the series of a line that was not there before, or finds the one that another kind of line has made;
    /// and what the line's values are multiplied by.
    private mutating func make(
        _ bytes: [UInt8],
        _ line: StatsDLine,
        _ now: Instant
    ) -> (series: Int, scale: Double) {
        guard let described = mappings.describe(bytes, line, options) else { return (-1, 1) }
        let family: Int
        if let known = familyPlaces[described.name] {
            guard families[known].kind == described.kind else { return (-2, 1) }
            family = known
        } else {
            families.append(
                Family(name: described.name, help: described.help, kind: described.kind)
            )
            family = families.count - 1
            familyPlaces[described.name] = family
        }
        let key = described.name + "{" + String(decoding: described.labels.bytes, as: UTF8.self)
        if let known = places[key] {
            // A set is told as a gauge, and cannot be one that is said as a number.
            let isOther = (series[known].kind == .set) != (line.kind == .set)
            return (isOther ? -2 : known, described.scale)
        }
        guard series.count < options.limit else { return (-3, 1) }
        var made = Series(
            changed: now,
            family: Int32(family),
            kind: line.kind,
            isMortal: described.ttl > .zero
        )
        switch described.kind {
        case .histogram:
            made.detail = Int32(histograms.count)
            let bounds = described.buckets
            histograms.append(
                Histogram(bounds: bounds, counts: [Double](repeating: 0, count: bounds.count + 1))
            )
        case .summary:
            made.detail = Int32(summaries.count)
            summaries.append(Summary(quantiles: described.quantiles, turned: now))
        default:
            if line.kind == .set {
                made.detail = Int32(sets.count)
                sets.append([])
            }
        }
        series.append(made)
        descriptions.append(Description(labels: described.labels, ttl: described.ttl))
        hasMortals = hasMortals || made.isMortal
        isOther = true
        places[key] = series.count - 1
        return (series.count - 1, described.scale)
    }

    /// A series that had gone begins again.
    private mutating func revive(_ index: Int) {
        series[index].isAlive = true
        series[index].value = 0
        isOther = true
        let detail = Int(series[index].detail)
        guard detail >= 0 else { return }
        switch families[Int(series[index].family)].kind {
        case .histogram:
            let bounds = histograms[detail].bounds
            histograms[detail] = Histogram(
                bounds: bounds,
                counts: [Double](repeating: 0, count: bounds.count + 1)
            )
        case .summary:
            let (quantiles, turned) = (summaries[detail].quantiles, summaries[detail].turned)
            summaries[detail] = Summary(quantiles: quantiles, turned: turned)
        default: sets[detail] = []
        }
    }
}
