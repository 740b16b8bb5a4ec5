public import Basics
public import Formats

/// READY, STATUS and RESTARTS of a pod, computed as kubectl's server does.
///
/// The source is `printPod` in `pkg/printers/internalversion/printers.go`; every branch is there.
public struct PodCells {
    /// `1/2`: the ready containers and sidecars of all of them.
    public var ready: String { "\(readyCount)/\(total)" }
    /// `Running`, `Init:1/3`, `CrashLoopBackOff`, `Terminating`, ...
    public private(set) var status: String
    /// How often containers were restarted.
    public private(set) var restartCount = 0

    private let pod: JSON
    private var readyCount = 0
    private var total: Int
    private var lastRestart: Timestamp?
    private var sidecarRestarts = 0
    private var lastSidecarRestart: Timestamp?
    private let sidecars: Set<String>

    /// Computes the cells of a pod.
    public init(_ pod: JSON) {
        self.pod = pod
        let inits = pod["spec"]?["initContainers"]?.array ?? []
        sidecars = Set(
            inits.filter { $0["restartPolicy"]?.string == "Always" }
                .compactMap { $0["name"]?.string }
        )
        total = (pod["spec"]?["containers"]?.array?.count ?? 0) + sidecars.count
        let status = pod["status"]
        let phase = status?["phase"]?.string ?? "Unknown"
        self.status = phase
        if let reason = status?["reason"]?.string, !reason.isEmpty { self.status = reason }
        let isInitializing = walkInits(inits.count)
        if !isInitializing || has("Initialized") { walkMains() }
        let isFinished = phase == "Succeeded" || phase == "Failed"
        if pod["metadata"]?["deletionTimestamp"] != nil, !isFinished { self.status = "Terminating" }
    }

    /// `3 (10s ago)`, with the age of the last restart.
    public func restarts(at now: Timestamp) -> String {
        guard restartCount > 0, let lastRestart else { return String(restartCount) }
        return "\(restartCount) (\((now - lastRestart).humanText) ago)"
    }

    /// The pod's first address.
    public var address: String {
        let addresses = pod["status"]?["podIPs"]?.array?.compactMap { $0["ip"]?.string } ?? []
        return addresses.first ?? pod["status"]?["podIP"]?.string ?? "<none>"
    }

    /// `1/2`: the readiness gates whose conditions are true, of all of them.
    public var readinessGates: String {
        let gates = pod["spec"]?["readinessGates"]?.array ?? []
        guard !gates.isEmpty else { return "<none>" }
        let open = gates.count { has($0["conditionType"]?.string ?? "") }
        return "\(open)/\(gates.count)"
    }

    private func has(_ condition: String) -> Bool {
        (pod["status"]?["conditions"]?.array ?? []).contains {
            $0["type"]?.string == condition && $0["status"]?.string == "True"
        }
    }

    /// Looks at the init containers up to the first that is not done.
    private mutating func walkInits(_ count: Int) -> Bool {
        let statuses = pod["status"]?["initContainerStatuses"]?.array ?? []
        for (index, container) in statuses.enumerated() {
            let restarts = container["restartCount"]?.int ?? 0
            let isSidecar = sidecars.contains(container["name"]?.string ?? "")
            restartCount += restarts
            Self.note(container, &lastRestart)
            if isSidecar {
                sidecarRestarts += restarts
                Self.note(container, &lastSidecarRestart)
            }
            let state = container["state"]
            let terminated = state?["terminated"]
            if let terminated, terminated["exitCode"]?.int ?? 0 == 0 { continue }
            if isSidecar, container["started"]?.bool == true {
                if container["ready"]?.bool == true { readyCount += 1 }
                continue
            }
            let waiting = state?["waiting"]?["reason"]?.string ?? ""
            if let terminated {
                status = "Init:" + Self.reason(terminated)
            } else if !waiting.isEmpty, waiting != "PodInitializing" {
                status = "Init:" + waiting
            } else {
                status = "Init:\(index)/\(count)"
            }
            return true
        }
        return false
    }

    /// Looks at the containers, last to first, so that the first one's reason wins.
    private mutating func walkMains() {
        restartCount = sidecarRestarts
        lastRestart = lastSidecarRestart
        var hasRunning = false
        for container in (pod["status"]?["containerStatuses"]?.array ?? []).reversed() {
            restartCount += container["restartCount"]?.int ?? 0
            Self.note(container, &lastRestart)
            let state = container["state"]
            if let waiting = state?["waiting"]?["reason"]?.string, !waiting.isEmpty {
                status = waiting
            } else if let terminated = state?["terminated"] {
                status = Self.reason(terminated)
            } else if container["ready"]?.bool == true, state?["running"] != nil {
                hasRunning = true
                readyCount += 1
            }
        }
        if status == "Completed", hasRunning { status = has("Ready") ? "Running" : "NotReady" }
    }

    private static func reason(_ terminated: JSON) -> String {
        if let reason = terminated["reason"]?.string, !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.int, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
    }

    private static func note(_ container: JSON, _ last: inout Timestamp?) {
        let finished = container["lastState"]?["terminated"]?["finishedAt"]?.string
        guard let stamp = finished.flatMap({ Timestamp(rfc3339: $0) }) else { return }
        last = last.map { max($0, stamp) } ?? stamp
    }
}
