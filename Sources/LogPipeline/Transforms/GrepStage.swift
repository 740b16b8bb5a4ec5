internal import Basics
internal import Formats
internal import Reactor
internal import Records

/// Keeps or leaves out records by their fields, as Fluent Bit's `grep` does.
///
/// Only texts fit an expression. Source: fluent-bit `plugins/filter_grep/grep.c`.
@MainLoop final class GrepStage: Stage {
    private struct Rule {
        var excludes: Bool
        var path: RecordPath
        var pattern: Pattern
    }

    private let rules: [Rule]
    private let logic: GrepTransform.Logic

    /// Compiles rules.
    ///
    /// - Throws: `invalid` if an expression is none, or if rules of both kinds are put together.
    init(_ settings: GrepTransform) throws(Failure) {
        var rules: [Rule] = []
        for rule in settings.rules {
            rules.append(
                Rule(
                    excludes: rule.excludes,
                    path: RecordPath(accessor: rule.key),
                    pattern: try Pattern(rule.pattern)
                )
            )
        }
        if settings.logic != .legacy, Set(rules.map(\.excludes)).count > 1 {
            throw Failure(
                .invalid,
                "grep has rules of both kinds with logical_op \(settings.logic.rawValue)",
                remedy: "use either regex or exclude, or leave logical_op out"
            )
        }
        self.rules = rules
        logic = settings.logic
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            if keeps(event.fields) { outlet.pass(event) } else { outlet.drop(event, .filtered) }
        }
    }

    private func keeps(_ fields: Fields) -> Bool {
        switch logic {
        case .legacy:
            for rule in rules {
                if fits(rule, fields) { return !rule.excludes }
                if !rule.excludes { return false }
            }
            return true
        case .and:
            return rules.allSatisfy { fits($0, fields) } != (rules.first?.excludes ?? false)
        case .or:
            return rules.contains { fits($0, fields) } != (rules.first?.excludes ?? false)
        }
    }

    private func fits(_ rule: Rule, _ fields: Fields) -> Bool {
        guard case .bytes(let bytes)? = rule.path.value(in: fields) else { return false }
        return rule.pattern.isFound(in: bytes.span)
    }
}
