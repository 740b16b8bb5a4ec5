import Basics

extension StatsDTable {
    /// Adds all series to a set; what was told too long ago goes.
    mutating func tell(into set: inout SampleSet, now: Instant) {
        expire(now)
        var indices = [Int](repeating: -1, count: families.count)
        let before = set.refused + set.duplicates
        // An infinite bound among the given ones takes the place of the own one.
        isOther = histograms.contains { $0.bounds.contains(.infinity) }
        for index in series.indices where series[index].isAlive {
            let place = Int(series[index].family)
            if indices[place] < 0 {
                let family = families[place]
                indices[place] = set.family(family.name, family.kind, help: family.help)
            }
            series[index].place = Int32(set.count)
            tell(index, indices[place], &set, now)
        }
        // Only where every sample has its place can the next round be told by numbers.
        isOther = isOther || set.refused + set.duplicates != before
        told = isOther ? [] : set.values
        isChanged = false
    }

    /// Whether what was told last would be told again: nothing came, and nothing depends on the time or on being told.
    var isSame: Bool {
        !isOther && !isChanged && !hasMortals && summaries.isEmpty && sets.isEmpty
    }

    /// The numbers of the series that were told last, in the order of their samples; `nil` if there are others now.
    mutating func values(now: Instant) -> [Double]? {
        expire(now)
        if isOther { return nil }
        isChanged = false
        for index in series.indices where series[index].isAlive {
            let place = Int(series[index].place)
            if series[index].detail < 0 {
                told[place] = series[index].value
            } else {
                tellDetail(index, place, now)
            }
        }
        return told
    }

    /// Puts the numbers of a histogram, summary or set where `tell` has put its samples.
    private mutating func tellDetail(_ index: Int, _ place: Int, _ now: Instant) {
        let detail = Int(series[index].detail)
        switch families[Int(series[index].family)].kind {
        case .histogram:
            let histogram = histograms[detail]
            var total = 0.0
            for (bound, count) in histogram.counts.dropLast().enumerated() {
                total += count
                told[place + bound] = total
            }
            let bounds = histogram.bounds.count
            told[place + bounds] = max(total, histogram.count)
            told[place + bounds + 1] = histogram.sum
            told[place + bounds + 2] = max(total, histogram.count)
        case .summary:
            turn(detail, now)
            let summary = summaries[detail]
            let values = summary.sketch.values(summary.quantiles)
            for (offset, value) in values.enumerated() { told[place + offset] = value }
            told[place + values.count] = summary.sum
            told[place + values.count + 1] = summary.count
        default:
            told[place] = Double(sets[detail].count)
            sets[detail].removeAll(keepingCapacity: true)
        }
    }

    private mutating func tell(
        _ index: Int,
        _ family: Int,
        _ set: inout SampleSet,
        _ now: Instant
    ) {
        let (told, labels) = (series[index], descriptions[index].labels)
        let (name, kind) = (families[Int(told.family)].name, families[Int(told.family)].kind)
        let detail = Int(told.detail)
        switch kind {
        case .histogram:
            let histogram = histograms[detail]
            HistogramParts(
                counts: Array(zip(histogram.bounds, histogram.counts)),
                isCumulative: false,
                sum: histogram.sum,
                count: histogram.count
            ).add(name, "", labels.pairs, into: &set)
        case .summary:
            turn(detail, now)
            let summary = summaries[detail]
            let values = summary.sketch.values(summary.quantiles)
            for (quantile, value) in zip(summary.quantiles, values) {
                let pair = LabelText.Pair("quantile", DecimalNumber.text(quantile))
                set.add(family, value, labels: LabelText(labels.pairs + [pair]))
            }
            set.add(family, summary.sum, labels: labels, suffix: .sum)
            set.add(family, summary.count, labels: labels, suffix: .count)
        default:
            if told.kind == .set {
                set.add(family, Double(sets[detail].count), labels: labels)
                sets[detail].removeAll(keepingCapacity: true)
            } else {
                set.add(family, told.value, labels: labels)
            }
        }
    }

    private mutating func turn(_ summary: Int, _ now: Instant) {
        guard now - summaries[summary].turned > options.window / 2 else { return }
        summaries[summary].sketch.turn()
        summaries[summary].turned = now
    }

    private mutating func expire(_ now: Instant) {
        guard hasMortals else { return }
        for index in series.indices where series[index].isAlive && series[index].isMortal {
            guard now - series[index].changed > descriptions[index].ttl else { continue }
            series[index].isAlive = false
            isOther = true
            statistics.expired += 1
        }
    }
}
