internal import PodEngine

/// What one run of a simulated container does.
package struct Behaviour: Sendable {
    /// The exit code when it ends by itself.
    package var exitCode = 0
    /// From its start to its own end; nil runs on until stopped.
    package var lasts: Duration?
    /// From the stop signal to the end; nil ignores the signal.
    package var stopTime: Duration? = .zero
    /// The exit code after the stop signal.
    package var stopCode = 0
    package var postStart = HookScript()
    package var preStop = HookScript()
    package var startup = ProbeScript.succeeds
    package var liveness = ProbeScript.succeeds
    package var readiness = ProbeScript.succeeds
    /// From SIGKILL to the end.
    package var killTime = Duration.milliseconds(1)

    package init(
        exitCode: Int = 0,
        lasts: Duration? = nil,
        stopTime: Duration? = .zero,
        stopCode: Int = 0
    ) {
        self.exitCode = exitCode
        self.lasts = lasts
        self.stopTime = stopTime
        self.stopCode = stopCode
    }

    /// A copy with some things changed.
    package func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    func probe(_ kind: ProbeKind) -> ProbeScript {
        switch kind {
        case .startup: startup
        case .liveness: liveness
        case .readiness: readiness
        }
    }
}

/// What a hook does.
package struct HookScript: Sendable {
    /// How long it takes; nil never ends.
    package var takes: Duration?
    package var fails: Bool

    package init(takes: Duration? = .zero, fails: Bool = false) {
        self.takes = takes
        self.fails = fails
    }
}

/// What a probe answers, by how long the container has run.
package enum ProbeScript: Sendable {
    case succeeds
    case fails
    case succeedsFrom(Duration)
    case failsFrom(Duration)
    /// Fails while the container has run for between the two.
    case failsBetween(Duration, Duration)
    case errors
    case warns
    /// Answers pseudo-randomly, failing this share of times (of 100).
    case flaps(percent: Int)

    func outcome(after age: Duration, dice: Int) -> ProbeOutcome {
        let succeeds: Bool
        switch self {
        case .succeeds: succeeds = true
        case .fails: succeeds = false
        case .succeedsFrom(let when): succeeds = age >= when
        case .failsFrom(let when): succeeds = age < when
        case .failsBetween(let from, let to): succeeds = age < from || age >= to
        case .errors: return .error("no such host")
        case .warns: return .warning("Probe terminated redirects")
        case .flaps(let percent): succeeds = dice >= percent
        }
        return succeeds ? .success : .failure("not yet")
    }
}
