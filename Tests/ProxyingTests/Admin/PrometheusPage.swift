/// A page of metrics, read strictly (text format 0.0.4).
struct PrometheusPage {
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    private struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    private var samples: [Sample] = []

    /// Reads a page.
    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Mistake(description: "the last line has no end") }
        var closed: Set<String> = []
        var current = ""
        var seen: Set<String> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let mistake = Mistake(description: "\(line)")
            if line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 3)
                guard words.count > 2, words[1] == "TYPE" || words[1] == "HELP" else {
                    throw mistake
                }
                let name = String(words[2])
                guard Self.isName(name), !closed.contains(name) else { throw mistake }
                if name != current {
                    closed.insert(current)
                    current = name
                }
                continue
            }
            let sample = try Self.sample(line, mistake)
            guard seen.insert("\(sample.name)\(sample.labels.sorted { $0.key < $1.key })").inserted
            else { throw mistake }
            let family =
                ["_bucket", "_sum", "_count"].first {
                    sample.name == current + $0
                }.map { _ in current } ?? sample.name
            guard !closed.contains(family) else { throw mistake }
            if family != current {
                closed.insert(current)
                current = family
            }
            samples.append(sample)
        }
    }

    /// The value of the sample that has these labels among its own.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }?.value
    }

    private static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.first?.isNumber == false
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
                    || $0 == "_" || $0 == ":"
            }
    }

    private static func sample(_ line: Substring, _ mistake: Mistake) throws -> Sample {
        let name = line.prefix { $0 != "{" && $0 != " " }
        guard isName(name) else { throw mistake }
        var rest = line.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let label = rest.prefix { $0 != "=" }
                rest = rest.dropFirst(label.count + 1)
                guard isName(label), rest.popFirst() == "\"" else { throw mistake }
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    guard character == "\\" else {
                        value.append(character)
                        continue
                    }
                    switch rest.popFirst() {
                    case "n": value.append("\n")
                    case let other? where other == "\\" || other == "\"": value.append(other)
                    default: throw mistake
                    }
                }
                labels[String(label)] = value
                if rest.first == "," {
                    rest.removeFirst()
                } else if rest.first != "}" {
                    throw mistake
                }
            }
            rest.removeFirst()
        }
        guard rest.first == " ", let value = Double(rest.dropFirst()) else { throw mistake }
        return Sample(name: String(name), labels: labels, value: value)
    }
}
