/// Reads answers of Jolokia, which has the values of JMX as JSON: one answer or an array of them.
///
/// `java.lang:type=GarbageCollector,name=G1` becomes the name `java_lang_garbage_collector` and the label `name`.
enum JolokiaReader {
    /// Whether a document looks like an answer: it has `status`, and `request` or what went wrong.
    static func recognises(_ tape: JSONTape) -> Bool {
        var index = 0
        if tape.tokens[0].kind == .array, tape.tokens[0].next > 1 { index = 1 }
        guard tape.member(index, Array("status".utf8)) != nil else { return false }
        guard let request = tape.member(index, Array("request".utf8)) else {
            // What could not even be understood as a request.
            return tape.member(index, Array("error_type".utf8)) != nil
                && tape.member(index, Array("error".utf8)) != nil
        }
        return tape.member(request, Array("type".utf8)) != nil
    }

    /// Reads a document.
    ///
    /// - Throws: That it is another one, or that none of its answers has a number.
    static func read(
        _ tape: JSONTape,
        _ options: ReadOptions,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var flattener = JSONFlattener(tape, options)
        let before = set.count + set.refused + set.duplicates
        if tape.tokens[0].kind == .array {
            var index = 1
            while index < Int(tape.tokens[0].next) {
                try answer(index, tape, &flattener, into: &set, &report)
                index = Int(tape.tokens[index].next)
            }
        } else {
            try answer(0, tape, &flattener, into: &set, &report)
        }
        guard set.count + set.refused + set.duplicates > before else {
            throw report.first ?? ReadProblem("Jolokia's answer holds no number")
        }
    }

    private static func answer(
        _ index: Int,
        _ tape: JSONTape,
        _ flattener: inout JSONFlattener,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        let request = tape.member(index, Array("request".utf8))
        guard let status = tape.member(index, Array("status".utf8)),
            request != nil || tape.member(index, Array("error".utf8)) != nil
        else { throw ReadProblem("the document is no answer of Jolokia") }
        let bean = request.flatMap { text(tape, $0, "mbean") } ?? ""
        guard tape.number(status) == 200, let request,
            let value = tape.member(index, Array("value".utf8))
        else {
            let why = text(tape, index, "error") ?? "no reason is given"
            let subject = bean.isEmpty ? "no answer" : "no value of \"\(bean)\""
            report.note("Jolokia has \(subject): \(why)")
            return
        }
        let type = text(tape, request, "type") ?? "read"
        guard ["read", "write", "exec"].contains(type.lowercased()) else {
            report.note("an answer to \"\(type)\" has no values; ask with the type read")
            return
        }
        let attribute = text(tape, request, "attribute")
        let steps = path(text(tape, request, "path") ?? "")
        guard isPattern(bean), tape.tokens[value].kind == .object else {
            add(bean, [attribute].compactMap { $0 } + steps, value, &flattener, into: &set, &report)
            return
        }
        // The way into the values of a pattern begins with a bean and an attribute.
        let below = steps.filter { $0 != "*" }
        var member = value + 1
        while member < Int(tape.tokens[value].next) {
            let name = String(decoding: tape.text(member), as: UTF8.self)
            if below.isEmpty || tape.tokens[member + 1].kind != .object {
                add(name, below, member + 1, &flattener, into: &set, &report)
            } else {
                for found in members(tape, member + 1) {
                    add(name, [found.name] + below, found.value, &flattener, into: &set, &report)
                }
            }
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
        for row in JolokiaTables.rows(of: value, in: flattener.tape, whole, labels) {
            flattener.flatten(
                row.value,
                as: Array(row.name.utf8),
                labels: row.labels,
                into: &set,
                &report
            )
        }
    }

    /// The members of an object.
    static func members(_ tape: JSONTape, _ object: Int) -> [(name: String, value: Int)] {
        var found: [(String, Int)] = []
        var member = object + 1
        while member < Int(tape.tokens[object].next) {
            found.append((String(decoding: tape.text(member), as: UTF8.self), member + 1))
            member = Int(tape.tokens[member + 1].next)
        }
        return found
    }

    /// The steps of a path, in which `!` takes the meaning of the character behind it.
    private static func path(_ text: String) -> [String] {
        var steps = [""]
        var isEscaped = false
        for character in text {
            if isEscaped || character != "!" && character != "/" {
                steps[steps.count - 1].append(character)
                isEscaped = false
            } else if character == "!" {
                isEscaped = true
            } else {
                steps.append("")
            }
        }
        return steps.filter { !$0.isEmpty }
    }

    /// Whether a name stands for several MBeans; in quoted values `\\*` and `\\?` do not.
    static func isPattern(_ bean: String) -> Bool {
        var isEscaped = false
        for byte in bean.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") {
                return true
            }
        }
        return false
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

    /// The properties of an object name; values in quotes may hold commas, and escapes by a backslash.
    private static func pairs(_ text: Substring) -> [(String, String)] {
        var found: [(String, String)] = []
        var key = ""
        var value = ""
        var isValue = false
        var isQuoted = false
        var isEscaped = false
        for character in text {
            switch character {
            case _ where isEscaped:
                value.append(character == "n" ? "\n" : character)
                isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"" where isValue: isQuoted.toggle()
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
