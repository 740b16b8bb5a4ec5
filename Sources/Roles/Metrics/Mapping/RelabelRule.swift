import Basics
import Formats

/// A rule that changes the labels of series or leaves series out, as Prometheus's `metric_relabel_configs`.
package struct RelabelRule: Sendable, Hashable {
    /// What a rule does.
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case replace, keep, drop, labelmap, labeldrop, labelkeep, lowercase, uppercase, keepequal,
            dropequal
    }

    var sources: [String] = []
    var separator = ";"
    var regex = "(.*)"
    var target = ""
    var replacement = "$1"
    var action = Action.replace

    init() {}
}

/// Relabel rules, ready to be applied; used by one thread.
final class Relabelling {
    private struct Step {
        var rule: RelabelRule
        var pattern: Pattern
    }

    private let steps: [Step]

    /// Compiles rules.
    ///
    /// - Throws: `invalid` for an expression that is not understood.
    init(_ rules: [RelabelRule]) throws(Failure) {
        var steps: [Step] = []
        for rule in rules {
            let pattern = try Pattern("^(?:" + rule.regex + ")\\z", mode: .unicode)
            steps.append(Step(rule: rule, pattern: pattern))
        }
        self.steps = steps
    }

    /// Whether there is nothing to do.
    var isEmpty: Bool { steps.isEmpty }

    /// Changes the labels of a series, `__name__` among them; whether the series stays.
    func apply(_ labels: inout [String: String]) -> Bool {
        for step in steps where !apply(step, &labels) { return false }
        return true
    }

    private func apply(_ step: Step, _ labels: inout [String: String]) -> Bool {
        let rule = step.rule
        let source = rule.sources.map { labels[$0] ?? "" }.joined(separator: rule.separator)
        switch rule.action {
        case .keep: return matches(step, source)
        case .drop: return !matches(step, source)
        case .keepequal: return source == labels[rule.target] ?? ""
        case .dropequal: return source != labels[rule.target] ?? ""
        case .replace:
            let bytes = Array(source.utf8)
            guard step.pattern.find(in: bytes.span) else { return true }
            let target = expand(rule.target, step.pattern, bytes)
            guard target == "__name__" || MetricName.isLabel(target) else { return true }
            set(target, expand(rule.replacement, step.pattern, bytes), &labels)
        case .lowercase: set(rule.target, source.lowercased(), &labels)
        case .uppercase: set(rule.target, source.uppercased(), &labels)
        case .labelmap:
            for (name, value) in labels {
                let bytes = Array(name.utf8)
                guard step.pattern.find(in: bytes.span) else { continue }
                let target = expand(rule.replacement, step.pattern, bytes)
                if MetricName.isLabel(target) { set(target, value, &labels) }
            }
        case .labeldrop:
            for name in Array(labels.keys) where name != "__name__" && matches(step, name) {
                labels[name] = nil
            }
        case .labelkeep:
            for name in Array(labels.keys) where name != "__name__" && !matches(step, name) {
                labels[name] = nil
            }
        }
        return true
    }

    private func matches(_ step: Step, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return step.pattern.find(in: bytes.span)
    }

    private func set(_ name: String, _ value: String, _ labels: inout [String: String]) {
        labels[name] = value.isEmpty ? nil : value
    }

    /// Puts the groups of the last match for `$1`, `${1}` and `${name}`; `$$` is a dollar.
    private func expand(_ template: String, _ pattern: Pattern, _ bytes: [UInt8]) -> String {
        let text = Array(template.utf8)
        guard text.contains(UInt8(ascii: "$")) else { return template }
        var result: [UInt8] = []
        var place = 0
        while place < text.count {
            guard text[place] == UInt8(ascii: "$"), place + 1 < text.count else {
                result.append(text[place])
                place += 1
                continue
            }
            place += 1
            if text[place] == UInt8(ascii: "$") {
                result.append(text[place])
                place += 1
                continue
            }
            let isBraced = text[place] == UInt8(ascii: "{")
            if isBraced { place += 1 }
            let start = place
            while place < text.count, MetricName.isAllowed(text[place]), text[place] != 0x3A {
                place += 1
            }
            let name = text.text(start..<place)
            if isBraced, place < text.count, text[place] == UInt8(ascii: "}") { place += 1 }
            let group = Int(name) ?? pattern.names.first { $0.name == name }?.number
            if let range = group.flatMap({ pattern.range(of: $0) }) { result += bytes[range] }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
