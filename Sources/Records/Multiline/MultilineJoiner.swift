public import Basics
import Formats

/// Joins lines to records as a rule says.
///
/// Lines of different groups (files, streams) are kept apart. Each line comes with a reference, and a
/// record tells those of its lines, so that whoever has read them can let them go. The state is pure: times
/// are handed in, and who owns it asks `nextFlush` when a record has waited long enough.
///
/// Owned and used by one thread.
public final class MultilineJoiner<Group: Hashable, Reference> {
    /// The records that are made.
    public typealias Record = JoinedLines<Group, Reference>

    private enum Form {
        case states(MultilineStates)
        case firstLine(NamedPattern)
        case condition(start: Pattern, condition: Pattern, VectorMode)
        case ending([UInt8], isWhole: Bool, negated: Bool)
        case partial
    }

    private enum VectorMode: String {
        case continueThrough = "continue_through"
        case continuePast = "continue_past"
        case haltBefore = "halt_before"
        case haltWith = "halt_with"
    }

    private struct Pending {
        var text: [UInt8]
        var references: [Reference]
        var rule = 0
        var order: Int
        var isCut = false
        var due: Instant
    }

    /// What it does.
    public let rule: MultilineRule
    private let form: Form
    private let separator: [UInt8]
    private var pending: [Group: Pending] = [:]
    private var count = 0

    /// Makes a rule ready.
    ///
    /// - Throws: `invalid` if an expression or a name is not understood.
    public init(_ rule: MultilineRule) throws(Failure) {
        self.rule = rule
        var separator = Array(rule.separator.utf8)
        switch rule.form {
        case .states(let states): form = .states(try MultilineStates(states))
        case .firstLine(let text): form = .firstLine(try NamedPattern(onigmo: text))
        case .condition(let start, let condition, let name):
            guard let mode = VectorMode(rawValue: name) else {
                throw Failure(
                    .invalid,
                    "there is no mode \"\(name)\"",
                    remedy: "use continue_through, continue_past, halt_before or halt_with"
                )
            }
            form = .condition(
                start: try Self.pattern(start),
                condition: try Self.pattern(condition),
                mode
            )
        case .endsWith(let text, let negated):
            form = .ending(Array(text.utf8), isWhole: false, negated: negated)
        case .equals(let text, let negated):
            form = .ending(Array(text.utf8), isWhole: true, negated: negated)
        case .builtIn(let name):
            if let states = BuiltInStates.rules(name) {
                form = .states(try MultilineStates(states))
            } else if BuiltInStates.names.contains(name) {
                form = .partial
                separator = []
            } else {
                throw Failure(
                    .invalid,
                    "there is no multiline parser \"\(name)\"",
                    remedy: "use one of \(BuiltInStates.names.joined(separator: ", "))"
                )
            }
        }
        self.separator = separator
    }

    /// An expression of Vector's: `^` and `$` stand at the ends of the text.
    private static func pattern(_ text: String) throws(Failure) -> Pattern {
        try Pattern(text, mode: text.utf8.allSatisfy { $0 < 0x80 } ? .ascii : .unicode)
    }

    // MARK: Lines

    /// Takes a line.
    ///
    /// - Parameters:
    ///   - line: Its text, without its end.
    ///   - isPartial: Whether its text goes on in the next (CRI's `P`, docker's text without an end); then
    ///     only this counts, and nothing is put between. nil for lines that do not say.
    ///   - group: Whose line it is.
    ///   - reference: What comes back with the record.
    ///   - now: When it came.
    ///   - output: Records that are whole now are appended here.
    public func append(
        _ line: Span<UInt8>,
        isPartial: Bool? = nil,
        group: Group,
        reference: Reference,
        now: Instant,
        to output: inout [Record]
    ) {
        append(
            line,
            judging: line,
            isPartial: isPartial,
            group: group,
            reference: reference,
            now: now,
            to: &output
        )
    }

    /// Takes a line of which the rule looks at another text than the one that is joined.
    ///
    /// - Parameters:
    ///   - line: The text that is joined.
    ///   - judged: The text that the rule looks at.
    ///   - isPartial: Whether its text goes on in the next; nil for lines that do not say.
    ///   - group: Whose line it is.
    ///   - reference: What comes back with the record.
    ///   - now: When it came.
    ///   - output: Records that are whole now are appended here.
    public func append(
        _ line: Span<UInt8>,
        judging judged: Span<UInt8>,
        isPartial: Bool? = nil,
        group: Group,
        reference: Reference,
        now: Instant,
        to output: inout [Record]
    ) {
        if let isPartial {
            let separator = Array(rule.partialSeparator.utf8)
            add(line, reference, group, now, separator: separator, &output)
            if !isPartial { emit(group, &output) }
            return
        }
        switch form {
        case .partial:
            // A line that does not say is whole.
            emit(group, &output)
            alone(line, reference, group, &output)
        case .states(let states): append(states, line, judged, group, reference, now, &output)
        case .firstLine(let pattern):
            if pattern.isFound(in: judged) {
                emit(group, &output)
                add(line, reference, group, now, separator: separator, &output)
            } else if pending[group] != nil {
                add(line, reference, group, now, separator: separator, &output)
            } else {
                alone(line, reference, group, &output)
            }
        case .ending(let end, let isWhole, let negated):
            add(line, reference, group, now, separator: separator, &output)
            let fits = Self.ends(judged, with: end) && (!isWhole || judged.count == end.count)
            if fits != negated { emit(group, &output) }
        case .condition(let start, let condition, let mode):
            append(start, condition, mode, line, judged, group, reference, now, &output)
        }
    }

    private func append(
        _ states: MultilineStates,
        _ line: Span<UInt8>,
        _ judged: Span<UInt8>,
        _ group: Group,
        _ reference: Reference,
        _ now: Instant,
        _ output: inout [Record]
    ) {
        var found: Int?
        if let known = pending[group]?.rule { found = states.follower(of: known, judged) }
        if found == nil {
            emit(group, &output)
            found = states.start(judged)
        }
        guard let found else {
            alone(line, reference, group, &output)
            return
        }
        add(line, reference, group, now, separator: separator, &output)
        pending[group]?.rule = found
        if states.ends(found) { emit(group, &output) }
    }

    private func append(
        _ start: Pattern,
        _ condition: Pattern,
        _ mode: VectorMode,
        _ line: Span<UInt8>,
        _ judged: Span<UInt8>,
        _ group: Group,
        _ reference: Reference,
        _ now: Instant,
        _ output: inout [Record]
    ) {
        if pending[group] != nil {
            let fits = condition.isFound(in: judged)
            let goesOn = mode == .continueThrough || mode == .continuePast ? fits : !fits
            if goesOn || mode == .continuePast || mode == .haltWith {
                add(line, reference, group, now, separator: separator, &output)
                if !goesOn || isComplete(group) { emit(group, &output) }
                return
            }
            emit(group, &output)
        }
        if start.isFound(in: judged) {
            add(line, reference, group, now, separator: separator, &output)
            if isComplete(group) { emit(group, &output) }
        } else {
            alone(line, reference, group, &output)
        }
    }

    private func isComplete(_ group: Group) -> Bool {
        rule.endsAtMaximum && (pending[group]?.references.count ?? 0) >= rule.linesMaximum
    }

    private static func ends(_ line: Span<UInt8>, with end: [UInt8]) -> Bool {
        guard line.count >= end.count else { return false }
        for index in end.indices where line[line.count - end.count + index] != end[index] {
            return false
        }
        return true
    }

    // MARK: Records

    /// When the next record has waited long enough; nil if none waits.
    public var nextFlush: Instant? { pending.values.lazy.map(\.due).min() }

    /// How many records wait.
    public var pendingCount: Int { pending.count }

    /// Gives out the records that have waited long enough.
    public func flush(now: Instant, to output: inout [Record]) {
        release(where: { $0.due <= now }, &output)
    }

    /// Gives out all records that wait.
    public func finish(to output: inout [Record]) {
        release(where: { _ in true }, &output)
    }

    /// Gives out the record of a group that waits.
    public func finish(_ group: Group, to output: inout [Record]) {
        emit(group, &output)
    }

    private func release(where fits: (Pending) -> Bool, _ output: inout [Record]) {
        let due = pending.filter { fits($0.value) }.sorted { $0.value.order < $1.value.order }
        for (group, _) in due { emit(group, &output) }
    }

    private func add(
        _ line: Span<UInt8>,
        _ reference: Reference,
        _ group: Group,
        _ now: Instant,
        separator: [UInt8],
        _ output: inout [Record]
    ) {
        let due = now + rule.flush
        guard var record = pending.removeValue(forKey: group) else {
            count += 1
            pending[group] = Pending(
                text: Array(copying: line),
                references: [reference],
                order: count,
                due: due
            )
            return
        }
        let isFull =
            record.references.count >= rule.linesMaximum
            || record.text.count + separator.count + line.count > rule.bytesMaximum
        if isFull {
            // What follows is a record of its own, which goes on in the same state.
            let state = record.rule
            record.isCut = true
            emit(record, group, &output)
            add(line, reference, group, now, separator: separator, &output)
            pending[group]?.rule = state
            return
        }
        // Fluent Bit spares the separator where the text ends with one, as docker's lines do; a line
        // without text is one more.
        let isSpared =
            switch form {
            case .states, .ending: Self.ends(record.text.span, with: separator)
            case .firstLine, .condition, .partial: false
            }
        if !isSpared { record.text += separator }
        if case .states = form, line.isEmpty { record.text += separator }
        unsafe line.withUnsafeBufferPointer { unsafe record.text.append(contentsOf: $0) }
        record.references.append(reference)
        record.due = due
        pending[group] = record
    }

    private func alone(
        _ line: Span<UInt8>,
        _ reference: Reference,
        _ group: Group,
        _ output: inout [Record]
    ) {
        output.append(
            Record(
                text: Array(copying: line),
                group: group,
                references: [reference],
                isCut: false
            )
        )
    }

    private func emit(_ group: Group, _ output: inout [Record]) {
        guard let record = pending.removeValue(forKey: group) else { return }
        emit(record, group, &output)
    }

    private func emit(_ record: Pending, _ group: Group, _ output: inout [Record]) {
        output.append(
            Record(
                text: record.text,
                group: group,
                references: record.references,
                isCut: record.isCut
            )
        )
    }
}
