/// Turns any document of JSON into samples: the way to a number is its name.
///
/// Keys are joined by `_`; booleans are 0 and 1; `null` is no sample. Elements of arrays get a label: the text of
/// their member `name`, `id` or `key`, or else `index`. Names that end with a unit get the base unit.
struct JSONFlattener {
    let tape: JSONTape
    private let options: ReadOptions
    private let labelKeys: [[UInt8]]
    /// The same, if all of them are names of labels as they stand.
    private let saneKeys: [[UInt8]]
    private var path: [UInt8] = []
    private var labels: [LabelText.Pair] = []
    private var text = LabelText()
    private let counters: Set<String>
    /// What may differ in the next document, and the factors of numbers in it.
    private var spots: [DocumentTemplate.Spot] = []
    private var factors = [1.0]
    /// The values that are labels of the elements that are being read.
    private var labelling: [Int] = []

    init(_ tape: JSONTape, _ options: ReadOptions) {
        self.tape = tape
        self.options = options
        labelKeys = options.labelKeys.map { Array($0.utf8) }
        saneKeys =
            options.labelKeys.allSatisfy { MetricName.isLabel($0) && MetricName.sane($0) == $0 }
            ? labelKeys : []
        counters = Set(options.counters)
    }

    /// Reads a document.
    ///
    /// - Returns: The document, for those that differ from it in numbers only; `nil` if other samples were in the set
    ///   already.
    /// - Throws: That it holds no number.
    @discardableResult
    static func read(
        _ tape: JSONTape,
        _ options: ReadOptions,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) -> DocumentTemplate? {
        var flattener = JSONFlattener(tape, options)
        set.reserve(texts: tape.bytes.count, samples: tape.tokens.count / 2)
        let before = set.count + set.refused + set.duplicates
        flattener.flatten(0, into: &set, &report)
        if set.count + set.refused + set.duplicates == before, report.problems == 0 {
            throw ReadProblem("the document holds no number")
        }
        guard before == 0 else { return nil }
        return DocumentTemplate(
            tape.bytes,
            flattener.spots,
            flattener.factors,
            numbers: set.values
        )
    }

    /// Adds what is below a value, under a name and labels.
    mutating func flatten(
        _ index: Int,
        as name: [UInt8] = [],
        labels: [LabelText.Pair] = [],
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        path = Array(options.prefix.utf8)
        if !path.isEmpty, path.last != UInt8(ascii: "_"), !name.isEmpty {
            path.append(UInt8(ascii: "_"))
        }
        path += name
        self.labels = labels
        text = LabelText(labels)
        value(index, UInt8(ascii: "_"), into: &set, &report)
    }

    private mutating func value(
        _ index: Int,
        _ separator: UInt8,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        switch tape.tokens[index].kind {
        case .object: object(index, into: &set, &report)
        case .array: array(index, into: &set, &report)
        case .number:
            if let number = tape.number(index) {
                add(number, .number, index, into: &set)
            } else {
                report.note("a number cannot be read")
            }
        case .yes: add(1, .flag, index, into: &set)
        case .no: add(0, .flag, index, into: &set)
        case .string, .escapedString: string(index, into: &set)
        case .null, .key: break
        }
    }

    private mutating func object(
        _ index: Int,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        let count = path.count
        var member = index + 1
        let end = Int(tape.tokens[index].next)
        while member < end {
            step(member)
            value(member + 1, 0, into: &set, &report)
            path.removeLast(path.count - count)
            member = Int(tape.tokens[member + 1].next)
        }
    }

    /// Appends a key to the path.
    @inline(__always)
    private mutating func step(_ key: Int) {
        if !path.isEmpty, path.last != UInt8(ascii: "_") { path.append(UInt8(ascii: "_")) }
        let token = tape.tokens[key]
        if token.isEscaped {
            let text = tape.text(key)
            MetricName.appendSane(text, 0..<text.count, to: &path)
        } else {
            MetricName.appendSane(tape.bytes, token.range, to: &path)
        }
    }

    private mutating func array(
        _ index: Int,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        let outer = (labels, text)
        let isOutermost = labels.isEmpty
        var element = index + 1
        var number = 0
        let end = Int(tape.tokens[index].next)
        let outerCount = labelling.count
        defer { labelling.removeLast(labelling.count - outerCount) }
        while element < end {
            labelling.removeLast(labelling.count - outerCount)
            if isOutermost, let (key, token) = ownName(of: element) {
                labelling.append(token)
                let value = tape.tokens[token].range
                // Most arrays are not in others: their label is copied as it stands.
                text.removeAll()
                text.append(key, tape.bytes, value)
                labels.removeAll(keepingCapacity: true)
                labels.append(
                    .init(String(decoding: key, as: UTF8.self), tape.bytes.text(value))
                )
                self.value(element, 0, into: &set, &report)
                element = Int(tape.tokens[element].next)
                number += 1
                continue
            }
            let found = label(of: element)
            var name = found?.name ?? "index"
            if outer.0.contains(where: { $0.name == name }) {
                name = MetricName.sane(String(decoding: path, as: UTF8.self)) + "_" + name
                name = name.replacing(":", with: "_")
            }
            labels = outer.0 + [LabelText.Pair(name, found?.value ?? String(number))]
            text = LabelText(labels)
            value(element, 0, into: &set, &report)
            element = Int(tape.tokens[element].next)
            number += 1
        }
        (labels, text) = outer
    }

    /// What an element calls itself, where that needs no change: the label's name, and the token of its text.
    private func ownName(of element: Int) -> (key: [UInt8], token: Int)? {
        guard tape.tokens[element].kind == .object else { return nil }
        for key in saneKeys {
            guard let value = tape.member(element, key) else { continue }
            let token = tape.tokens[value]
            guard token.kind == .string || token.kind == .number, token.end > token.start else {
                return nil
            }
            return (key, value)
        }
        return nil
    }

    /// What an element calls itself.
    private mutating func label(of element: Int) -> LabelText.Pair? {
        guard tape.tokens[element].kind == .object else { return nil }
        for key in labelKeys {
            guard let value = tape.member(element, key) else { continue }
            let name = MetricName.sane(String(decoding: key, as: UTF8.self))
            labelling.append(value)
            switch tape.tokens[value].kind {
            case .string, .escapedString:
                return LabelText.Pair(name, String(decoding: tape.text(value), as: UTF8.self))
            case .number: return LabelText.Pair(name, tape.bytes.text(tape.tokens[value].range))
            default: labelling.removeLast()
            }
        }
        return nil
    }

    private mutating func string(_ index: Int, into set: inout SampleSet) {
        switch options.strings {
        case .ignore: note(.text, index, sample: -1)
        case .numbers:
            let text = tape.text(index)
            if let number = DecimalNumber.parse(text, text.trimmed(0..<text.count)) {
                _ = add(number, into: &set)
            }
        case .info:
            let count = path.count
            path += Array((path.isEmpty ? "value_info" : "_info").utf8)
            let family = set.family(path, .info)
            let pair = LabelText.Pair("value", String(decoding: tape.text(index), as: UTF8.self))
            set.add(family, 1, labels: LabelText(labels + [pair]))
            path.removeLast(path.count - count)
        }
    }

    /// Adds a number of a token, and notes that it may be another one in the next document.
    private mutating func add(
        _ number: Double,
        _ kind: DocumentTemplate.Kind,
        _ token: Int,
        into set: inout SampleSet
    ) {
        let before = set.count
        let factor = add(number, into: &set)
        note(kind, token, sample: set.count > before ? before : -1, factor: factor)
    }

    /// Notes that a value may be another one in the next document, unless it is a label.
    @inline(__always)
    private mutating func note(
        _ kind: DocumentTemplate.Kind,
        _ token: Int,
        sample: Int,
        factor: Double = 1
    ) {
        guard !labelling.contains(token) else { return }
        var place = 0
        if factor != 1 {
            place = factors.firstIndex(of: factor) ?? factors.count
            if place == factors.count { factors.append(factor) }
        }
        spots.append(
            DocumentTemplate.Spot(
                start: tape.tokens[token].start,
                end: tape.tokens[token].end,
                sample: Int32(sample),
                kind: kind,
                // There are as many as units that are known.
                factor: UInt8(place)
            )
        )
    }

    /// Adds a number under the path; what it was multiplied with.
    private func add(_ number: Double, into set: inout SampleSet) -> Double {
        if let first = path.first, first &- UInt8(ascii: "0") >= 10, counters.isEmpty,
            !options.convertsUnits || !BaseUnit.mayHave(path)
        {
            set.add(set.family(path, MetricName.kind(of: path)), number, labels: text)
            return 1
        }
        var name = path.isEmpty ? Array("value".utf8) : path
        if name[0] &- UInt8(ascii: "0") < 10 { name.insert(UInt8(ascii: "_"), at: 0) }
        let (factor, kind) = options.settle(&name, counters)
        set.add(set.family(name, kind), number * factor, labels: text)
        return factor
    }
}

extension ReadOptions {
    /// Gives a name its base unit; tells what its values are multiplied with, and the kind that the name or the
    /// options say.
    func settle(_ name: inout [UInt8], _ counters: Set<String>) -> (
        factor: Double, kind: MetricKind
    ) {
        var factor = 1.0
        var isCounter =
            !counters.isEmpty && counters.contains(String(decoding: name, as: UTF8.self))
        if convertsUnits, let unit = BaseUnit.of(name) {
            name.removeLast(unit.suffix.count)
            name += unit.base
            factor = unit.factor
            isCounter =
                isCounter
                || !counters.isEmpty && counters.contains(String(decoding: name, as: UTF8.self))
        }
        return (factor, isCounter ? .counter : MetricName.kind(of: name))
    }
}
