/// Reads answers of Jolokia, which has the values of JMX as JSON: one answer or an array of them.
///
/// `java.lang:type=GarbageCollector,name=G1` becomes the name `java_lang_garbage_collector` and the label `name`.
enum JolokiaReader {
    /// Whether a document looks like an answer: it has `request` and `status`.
    static func recognises(_ tape: JSONTape) -> Bool {
        var index = 0
        if tape.tokens[0].kind == .array, tape.tokens[0].next > 1 { index = 1 }
        guard let request = tape.member(index, Array("request".utf8)),
            tape.member(index, Array("status".utf8)) != nil
        else { return false }
        return tape.member(request, Array("type".utf8)) != nil
    }

    /// Reads a document.
    ///
    /// - Throws: That it is another one.
    static func read(
        _ tape: JSONTape,
        _ options: ReadOptions,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var flattener = JSONFlattener(tape, options)
        guard tape.tokens[0].kind == .array else {
            try answer(0, tape, &flattener, into: &set, &report)
            return
        }
        var index = 1
        while index < Int(tape.tokens[0].next) {
            try answer(index, tape, &flattener, into: &set, &report)
            index = Int(tape.tokens[index].next)
        }
    }

    private static func answer(
        _ index: Int,
        _ tape: JSONTape,
        _ flattener: inout JSONFlattener,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        guard let request = tape.member(index, Array("request".utf8)),
            let status = tape.member(index, Array("status".utf8))
        else { throw ReadProblem("the document is no answer of Jolokia") }
        let bean = text(tape, request, "mbean") ?? ""
        guard tape.number(status) == 200, let value = tape.member(index, Array("value".utf8)) else {
            let why = text(tape, index, "error") ?? "no reason is given"
            report.note("Jolokia has no value of \"\(bean)\": \(why)")
            return
        }
        guard bean.contains("*") || bean.contains("?"), tape.tokens[value].kind == .object else {
            let attribute = text(tape, request, "attribute")
            let path = text(tape, request, "path")
            let parts = [attribute, path].compactMap { $0 }
            add(bean, parts, value, &flattener, into: &set, &report)
            return
        }
        var member = value + 1
        while member < Int(tape.tokens[value].next) {
            let name = String(decoding: tape.text(member), as: UTF8.self)
            add(name, [], member + 1, &flattener, into: &set, &report)
            member = Int(tape.tokens[member + 1].next)
        }
    }

    private static func add(
        _ bean: String,
        _ parts: [String],
        _ value: Int,
        _ flattener: inout JSONFlattener,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        let (name, labels) = split(bean)
        let whole = ([name] + parts.map { MetricName.sane($0) }).joined(separator: "_")
        flattener.flatten(value, as: Array(whole.utf8), labels: labels, into: &set, &report)
    }

    /// The name and labels of an MBean: its domain and `type`, and its other properties.
    static func split(_ bean: String) -> (name: String, labels: [LabelText.Pair]) {
        let halves = bean.split(separator: ":", maxSplits: 1)
        var name = MetricName.sane(halves.first ?? "jmx")
        var labels: [LabelText.Pair] = []
        let properties = halves.count > 1 ? pairs(halves[1]) : []
        for (key, value) in properties {
            if key == "type" {
                name += "_" + MetricName.sane(value)
            } else {
                labels.append(.init(MetricName.sane(key).replacing(":", with: "_"), value))
            }
        }
        return (name, labels)
    }

    /// The properties of an object name; values in quotes may hold commas.
    private static func pairs(_ text: Substring) -> [(String, String)] {
        var found: [(String, String)] = []
        var key = ""
        var value = ""
        var isValue = false
        var isQuoted = false
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "=" where !isValue: isValue = true
            case "," where !isQuoted:
                found.append((key, value))
                (key, value, isValue) = ("", "", false)
            default:
                if isValue { value.append(character) } else { key.append(character) }
            }
        }
        if !key.isEmpty { found.append((key, value)) }
        return found
    }

    private static func text(_ tape: JSONTape, _ object: Int, _ key: String) -> String? {
        guard let value = tape.member(object, Array(key.utf8)),
            tape.tokens[value].kind == .string || tape.tokens[value].kind == .escapedString
        else { return nil }
        return String(decoding: tape.text(value), as: UTF8.self)
    }
}
