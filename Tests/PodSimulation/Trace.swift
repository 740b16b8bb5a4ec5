package import Basics

/// What was seen to happen, as the upstream ordering harness logs it.
package struct Trace: Sendable {
    package enum Kind: String, Sendable {
        case pulling, starting, started, exiting, signalled, killed
        case postStart, preStop, startup, liveness, readiness
    }

    package struct Line: Sendable {
        package var kind: Kind
        package var container: String
        package var attempt: Int
        package var at: Instant
        package var code: Int?
    }

    package private(set) var lines: [Line] = []

    mutating func add(
        _ kind: Kind,
        _ container: String,
        _ attempt: Int,
        _ at: Instant,
        code: Int? = nil
    ) {
        lines.append(
            Line(kind: kind, container: container, attempt: attempt, at: at, code: code)
        )
    }

    // MARK: Predicates of the upstream harness

    package func all(_ kind: Kind, _ container: String) -> [Line] {
        lines.filter { $0.kind == kind && $0.container == container }
    }

    package func first(_ kind: Kind, _ container: String) -> Instant? {
        lines.first { $0.kind == kind && $0.container == container }?.at
    }

    private func position(_ kind: Kind, _ container: String) -> Int? {
        lines.firstIndex { $0.kind == kind && $0.container == container }
    }

    package func starts(_ container: String) -> Bool { first(.started, container) != nil }
    package func exits(_ container: String) -> Bool { first(.exiting, container) != nil }

    /// `a` had started before `b` was starting.
    package func startsBefore(_ a: String, _ b: String) -> Bool {
        guard let left = position(.started, a), let right = position(.starting, b) else {
            return false
        }
        return left < right
    }

    /// `b` was exiting after `a` was first exiting.
    package func exitsBefore(_ a: String, _ b: String) -> Bool {
        guard let left = position(.exiting, a),
            let right = lines.lastIndex(where: { $0.kind == .exiting && $0.container == b })
        else { return false }
        return left < right
    }

    /// `a` was exiting before `b` was starting: strictly one after the other.
    package func serial(_ a: String, _ b: String) -> Bool {
        guard let left = position(.exiting, a), let right = position(.starting, b) else {
            return false
        }
        return left < right
    }

    /// Each had started before the other's first exit.
    package func runTogether(_ a: String, _ b: String) -> Bool {
        guard let startA = position(.started, a), let startB = position(.started, b) else {
            return false
        }
        let endA = position(.exiting, a) ?? lines.count
        let endB = position(.exiting, b) ?? lines.count
        return startA < endB && startB < endA
    }

    package func restarts(_ container: String) -> Int {
        max(0, all(.starting, container).count - 1)
    }
}
