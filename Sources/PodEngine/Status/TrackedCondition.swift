internal import Basics
internal import PodModel

/// The conditions that the kubelet owns, in the order in which it lists them.
enum ConditionType: String, Sendable, Hashable, CaseIterable {
    case disruptionTarget = "DisruptionTarget"
    case readyToStart = "PodReadyToStartContainers"
    case restartingAll = "AllContainersRestarting"
    case initialized = "Initialized"
    case ready = "Ready"
    case containersReady = "ContainersReady"
    case scheduled = "PodScheduled"
    case resizePending = "PodResizePending"
    case resizeInProgress = "PodResizeInProgress"
}

/// One condition's status and since when it has been so.
struct TrackedCondition: Sendable, Hashable {
    var type: ConditionType
    var isTrue: Bool
    var since: Timestamp
}

extension PodMachine {
    /// Notes when a condition's status has flipped, and what the phase is.
    mutating func trackConditions() {
        let raw = rawPhase()
        if !raw.isTerminal, raw != shownPhase, finalPhase == nil {
            shownPhase = raw
            isDirty = true
        }
        for type in ConditionType.allCases {
            guard let isTrue = holds(type, raw: finalPhase ?? raw) else {
                let count = conditions.count
                conditions.removeAll { $0.type == type }
                isDirty = isDirty || conditions.count < count
                continue
            }
            guard let position = conditions.firstIndex(where: { $0.type == type }) else {
                conditions.append(TrackedCondition(type: type, isTrue: isTrue, since: now.wall))
                isDirty = true
                continue
            }
            guard conditions[position].isTrue != isTrue else { continue }
            conditions[position] = TrackedCondition(type: type, isTrue: isTrue, since: now.wall)
            isDirty = true
        }
    }

    /// Whether a condition is True; nil if it is not listed at all.
    private func holds(_ type: ConditionType, raw: PodPhase) -> Bool? {
        switch type {
        case .scheduled: true
        case .disruptionTarget: verdict?.reason == "Evicted" ? true : nil
        case .restartingAll: plan.hasRestartAllRule ? isRestartingAll : nil
        case .resizePending: resizeRefusal == nil ? nil : true
        case .resizeInProgress: isResizing ? true : nil
        case .readyToStart: isSandboxReady
        case .initialized: raw == .succeeded || hasAnyMainRun || incompleteInits.isEmpty
        case .containersReady: !raw.isTerminal && unreadyContainers.isEmpty
        case .ready:
            !raw.isTerminal && unreadyContainers.isEmpty && missingGates().isEmpty
        }
    }

    private var isSandboxReady: Bool {
        guard let sandbox, !isSandboxLost else { return false }
        return plan.usesHostNetwork || !sandbox.podIPs.isEmpty
    }

    /// Whether any regular container has ever run; from then on the pod counts as initialised.
    private var hasAnyMainRun: Bool {
        plan.mains.contains { index in
            let record = records[index]
            return record.hasRun && (record.isUp || record.ended != nil || record.previous != nil)
        }
    }

    private var incompleteInits: [Int] {
        plan.inits.filter { index in
            plan.containers[index].kind == .sidecar
                ? !records[index].isStarted : !records[index].isDone
        }
    }

    private var unreadyContainers: [Int] {
        records.indices.filter { index in
            switch plan.containers[index].kind {
            case .initial, .ephemeral: false
            case .sidecar, .main: !records[index].isReady
            }
        }
    }

    /// What each readiness gate that is not fulfilled says.
    private func missingGates() -> [String] {
        plan.readinessGates.compactMap { gate in
            guard let condition = pod.status.condition(gate) else {
                return "corresponding condition of pod readiness gate \"\(gate)\" does not exist."
            }
            guard condition.status != "True" else { return nil }
            return "the status of pod readiness gate \"\(gate)\" is not \"True\", "
                + "but \(condition.status)"
        }
    }

    // MARK: Spelled out

    /// The conditions for the status, those of others kept.
    var shownConditions: [PodCondition] {
        let raw = finalPhase ?? rawPhase()
        let own = conditions.sorted { $0.type.order < $1.type.order }.map { tracked in
            let (reason, message) = explain(tracked, raw: raw)
            return PodCondition(
                type: tracked.type.rawValue,
                observedGeneration: plan.generation,
                status: tracked.isTrue ? "True" : "False",
                lastTransitionTime: tracked.since,
                reason: reason,
                message: message
            )
        }
        var names = Set(ConditionType.allCases.map(\.rawValue))
        // Whoever evicts a pod says so beside the engine.
        let target = ConditionType.disruptionTarget.rawValue
        if !own.contains(where: { $0.type == target }) { names.remove(target) }
        return own + pod.status.conditions.filter { !names.contains($0.type) }
    }

    private func explain(_ tracked: TrackedCondition, raw: PodPhase) -> (String, String) {
        switch tracked.type {
        case .scheduled, .readyToStart: return ("", "")
        case .disruptionTarget: return ("TerminationByKubelet", verdict?.message ?? "")
        case .restartingAll:
            return tracked.isTrue ? ("RestartAllContainersStarted", "") : ended(raw)
        case .resizePending: return ("Infeasible", resizeRefusal ?? "")
        case .resizeInProgress: return (resizeFailure.map { ("Error", $0.message) }) ?? ("", "")
        case .initialized:
            if raw == .succeeded { return ("PodCompleted", "") }
            if tracked.isTrue { return ("", "") }
            let names = list(incompleteInits)
            return ("ContainersNotInitialized", "containers with incomplete status: \(names)")
        case .containersReady, .ready:
            if raw.isTerminal { return ended(raw) }
            if tracked.isTrue { return ("", "") }
            let unready = unreadyContainers
            guard unready.isEmpty else {
                return ("ContainersNotReady", "containers with unready status: \(list(unready))")
            }
            return ("ReadinessGatesNotReady", missingGates().joined(separator: ", "))
        }
    }

    private func ended(_ raw: PodPhase) -> (String, String) {
        switch raw {
        case .succeeded: ("PodCompleted", "")
        case .failed: ("PodFailed", "")
        case .pending, .running, .unknown: ("", "")
        }
    }

    private func list(_ indices: [Int]) -> String {
        "[" + indices.map { plan.containers[$0].name }.joined(separator: " ") + "]"
    }
}

extension ConditionType {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
