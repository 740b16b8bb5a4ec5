/// The program of a container in the ordering tests: says what it does, with knobs for how long.
///
/// The lines are `Starting`, `Started`, `Exiting`; hooks write `PreStop-Starting` and the like into
/// the same log through PID 1's standard output.
struct ContainerScript {
    var exitCode = 0
    /// Seconds between `Starting` and `Started`.
    var startDelay = 0.0
    /// Seconds the process runs after `Started`; nil is for ever.
    var runs: Double? = 0
    /// Seconds between the stop signal and the exit; nil ignores the signal.
    var terminates: Double? = 0
    /// The exit code after a stop signal.
    var terminationCode = 0
    /// Whether `/started` is touched when `Started` is logged.
    var marksStart = false

    /// The shell text.
    var text: String {
        // The trap is first: whoever has seen `Starting` may stop the container.
        var lines: [String] = []
        if let terminates {
            lines.append(
                "trap 'echo Terminating; sleep \(terminates); echo Exiting; exit \(terminationCode)' TERM"
            )
        } else {
            lines.append("trap 'echo Terminating' TERM")
        }
        lines.append("echo Starting")
        if startDelay > 0 { lines.append("sleep \(startDelay)") }
        lines.append("echo Started")
        if marksStart { lines.append("touch /started") }
        if let runs {
            if runs > 0 { lines.append("sleep \(runs) & wait $!") }
        } else {
            lines.append("while true; do sleep 0.1 & wait $!; done")
        }
        lines.append("echo Exiting; exit \(exitCode)")
        return lines.joined(separator: "; ")
    }

    /// A command that writes to the container's log from a hook or probe, then sleeps.
    static func hook(_ name: String, seconds: Double = 0, exit code: Int = 0) -> String {
        """
        ["sh", "-c", "\(say(name + "-Starting")); sleep \(seconds); \
        \(say(name + "-Exiting")); exit \(code)"]
        """
    }

    /// Shell text for a hook or probe that writes a line to the container's log.
    ///
    /// A hook may come before PID 1 has executed its program. Until then PID 1 is the runtime's, and
    /// others are denied its files.
    static func say(_ line: String) -> String {
        "until echo \(line) > /proc/1/fd/1; do sleep 0.02; done 2>/dev/null"
    }
}

/// A container of a test's manifest.
struct ScriptedContainer {
    var name: String
    var script = ContainerScript()
    /// Shell text to run instead of the script.
    var shell: String?
    var isSidecar = false
    /// Further fields, one YAML line each, relative to the container.
    var fields: [String] = []

    var yaml: String {
        var lines = [
            "- name: \(name)",
            "  image: remora/busybox",
            "  imagePullPolicy: IfNotPresent",
            "  command: [\"sh\", \"-c\", \(quoted(shell ?? script.text))]",
        ]
        if isSidecar { lines.append("  restartPolicy: Always") }
        lines += fields.map { "  " + $0 }
        return lines.map { "  " + $0 }.joined(separator: "\n")
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// The manifest of a pod of scripted containers.
func scriptedPod(
    _ name: String,
    restartPolicy: String = "Never",
    grace: Int = 30,
    inits: [ScriptedContainer] = [],
    mains: [ScriptedContainer],
    fields: [String] = []
) -> String {
    var lines = [
        "apiVersion: v1", "kind: Pod", "metadata: {name: \(name)}", "spec:",
        "  restartPolicy: \(restartPolicy)", "  terminationGracePeriodSeconds: \(grace)",
    ]
    lines += fields.map { "  " + $0 }
    if !inits.isEmpty { lines.append("  initContainers:") }
    lines += inits.map(\.yaml)
    lines.append("  containers:")
    lines += mains.map(\.yaml)
    return lines.joined(separator: "\n") + "\n"
}

/// The predicates of the ordering tests over a pod's history.
struct History {
    let lines: [LoggedLine]

    func first(_ text: String, _ container: String) -> Double? {
        lines.first { $0.container == container && $0.text == text }?.seconds
    }

    func last(_ text: String, _ container: String) -> Double? {
        lines.last { $0.container == container && $0.text == text }?.seconds
    }

    func count(_ text: String, _ container: String) -> Int {
        lines.count { $0.container == container && $0.text == text }
    }

    /// `first` logged `Started` before `second` logged `Starting`.
    func starts(_ first: String, before second: String) -> Bool {
        guard let left = self.first("Started", first), let right = self.first("Starting", second)
        else { return false }
        return left <= right
    }

    /// `first` logged `Exiting` before `second` did.
    func exits(_ first: String, before second: String) -> Bool {
        guard let left = self.first("Exiting", first), let right = self.last("Exiting", second)
        else { return false }
        return left <= right
    }

    /// `first` logged `Exiting` before `second` logged `Starting`.
    func exits(_ first: String, beforeStartOf second: String) -> Bool {
        guard let left = self.first("Exiting", first), let right = self.first("Starting", second)
        else { return false }
        return left <= right
    }

    /// Each logged `Started` before the other's `Exiting`.
    func runTogether(_ left: String, _ right: String) -> Bool {
        guard let leftStart = first("Started", left), let rightStart = first("Started", right)
        else { return false }
        return leftStart <= (last("Exiting", right) ?? .infinity)
            && rightStart <= (last("Exiting", left) ?? .infinity)
    }
}

extension ScriptedContainer {
    /// A pod's field for a volume that outlives its containers, and a container's that mounts it.
    static let state = "volumes: [{name: state, emptyDir: {}}]"
    static let stateMount = "volumeMounts: [{name: state, mountPath: /state}]"

    /// A container that runs some words once and others from then on; it wants `state`.
    static func once(
        _ name: String,
        _ first: String,
        then second: String,
        _ fields: String...
    ) -> ScriptedContainer {
        ScriptedContainer(
            name: name,
            shell:
                "echo Starting; if test ! -e /state/\(name); then touch /state/\(name); \(first); "
                + "else \(second); fi",
            fields: [stateMount] + fields
        )
    }
}
