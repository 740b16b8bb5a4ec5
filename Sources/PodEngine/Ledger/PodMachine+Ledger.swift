public import Basics
public import Formats
public import PodModel

extension PodMachine {
    /// The ledger: all that must survive the end of the engine, however sudden.
    ///
    /// Hand it back to `init(pod:snapshot:settings:)`. Reading it and writing it again gives an equal
    /// value. Times are nanoseconds of `CLOCK_BOOTTIME` or since the epoch.
    public var snapshot: JSON {
        var writer = LedgerWriter()
        writer.put("version", 1)
        writer.put("at", now.instant)
        writer.put("wall", now.wall)
        writer.flag("hasBegun", hasBegun)
        writer.put("stage", stage.rawValue)
        if let step { writer.put("step", step.code) }
        if let abandoned { writer.put("abandoned", abandoned.code) }
        writer.put("pullAsked", pullAsked)
        if let sandbox {
            writer.put("sandboxRunning", sandbox.attempt)
            writer.put("sandboxIPs", sandbox.podIPs)
        }
        writer.flag("isSandboxLost", isSandboxLost)
        writer.put("sandboxAttempt", sandboxAttempt)
        writer.put("podIPs", podIPs)
        writer.flag("hasVolumes", hasVolumes)
        writer.put("startTime", startTime)
        writer.put("startInstant", startInstant)
        writeEnd(&writer)
        writer.put("conditions", .array(conditions.map(\.ledger)))
        writer.put("containers", .array(records.map(\.ledger)))
        writer.flag("hasResources", true)
        writer.put("timeline", book.ledger)
        return writer.json
    }

    private func writeEnd(_ writer: inout LedgerWriter) {
        if let termination {
            writer.put("terminationCause", termination.cause.rawValue)
            writer.put("terminationGrace", termination.grace)
            writer.put("terminationSince", termination.since)
        }
        if let interlude { writer.put("interlude", interlude.rawValue) }
        if let verdict {
            writer.put("verdictReason", verdict.reason)
            writer.put("verdictMessage", verdict.message)
        }
        if let finalPhase { writer.put("finalPhase", finalPhase.rawValue) }
        writer.put("shownPhase", shownPhase.rawValue)
        writer.flag("isDeleted", isDeleted)
        writer.flag("hasInitialised", hasInitialised)
        writer.flag("hasSwept", hasSwept)
        if let restartTrigger { writer.put("restartTrigger", restartTrigger) }
        writer.flag("isRestartingAll", isRestartingAll)
    }

    /// A machine for a pod that an earlier engine left behind, from its ledger.
    ///
    /// Its first event must be `adopted`; until then it does nothing. Throws if the ledger cannot be
    /// read or belongs to a pod with other containers.
    public init(
        pod: Pod,
        snapshot: JSON,
        settings: EngineSettings = .standard
    ) throws(Failure) {
        self.init(pod: pod, settings: settings)
        let reader = try LedgerReader(snapshot, "ledger")
        guard try reader.int("version") == 1 else { throw reader.wrong("version") }
        let stored = try reader.array("containers")
        // Ephemeral containers may have been added since.
        guard stored.count <= records.count, stored.count >= plan.ephemerals.lowerBound else {
            throw reader.wrong("containers")
        }
        for (index, json) in stored.enumerated() {
            let path = "ledger.containers[\(index)]"
            records[index] = try ContainerRecord(ledger: LedgerReader(json, path))
        }
        if !reader.flag("hasResources") {
            // Written before resources could change.
            for (index, container) in plan.containers.enumerated() {
                records[index].allocated = container.resources
                records[index].applied = container.resources
            }
        }
        now.instant = try reader.instant("at")
        now.wall = try reader.time("wall") ?? now.wall
        hasBegun = reader.flag("hasBegun")
        stage = try reader.choice("stage")
        step = try readStep("step", reader)
        abandoned = try readStep("abandoned", reader)
        pullAsked = try reader.text("pullAsked")
        try readSandbox(reader)
        startTime = try reader.time("startTime")
        startInstant = try reader.instant("startInstant")
        try readEnd(reader)
        for (index, json) in try reader.array("conditions").enumerated() {
            let path = "ledger.conditions[\(index)]"
            conditions.append(try TrackedCondition(ledger: LedgerReader(json, path)))
        }
        try book.read(reader.reader("timeline"))
        awaitsAdoption = true
    }

    private func readStep(_ key: String, _ reader: LedgerReader) throws(Failure) -> Step? {
        guard reader.has(key) else { return nil }
        guard let step = Step(code: try reader.text(key), count: records.count) else {
            throw reader.wrong(key)
        }
        return step
    }

    private mutating func readSandbox(_ reader: LedgerReader) throws(Failure) {
        if reader.has("sandboxRunning") {
            sandbox = Sandbox(
                attempt: try reader.int("sandboxRunning"),
                podIPs: try reader.texts("sandboxIPs")
            )
        }
        isSandboxLost = reader.flag("isSandboxLost")
        sandboxAttempt = try reader.int("sandboxAttempt")
        podIPs = try reader.texts("podIPs")
        hasVolumes = reader.flag("hasVolumes")
    }

    private mutating func readEnd(_ reader: LedgerReader) throws(Failure) {
        if reader.has("terminationCause") {
            termination = Termination(
                cause: try reader.choice("terminationCause"),
                grace: try reader.int("terminationGrace"),
                since: try reader.instant("terminationSince")
            )
        }
        if reader.has("interlude") { interlude = try reader.choice("interlude") as Interlude }
        if reader.has("verdictReason") {
            verdict = Verdict(
                reason: try reader.text("verdictReason"),
                message: try reader.text("verdictMessage")
            )
        }
        if reader.has("finalPhase") { finalPhase = try reader.choice("finalPhase") as PodPhase }
        shownPhase = try reader.choice("shownPhase")
        isDeleted = reader.flag("isDeleted")
        hasInitialised = reader.flag("hasInitialised")
        hasSwept = reader.flag("hasSwept")
        if reader.has("restartTrigger") {
            let trigger = try reader.int("restartTrigger")
            guard records.indices.contains(trigger) else { throw reader.wrong("restartTrigger") }
            restartTrigger = trigger
        }
        isRestartingAll = reader.flag("isRestartingAll")
    }
}

extension TrackedCondition {
    var ledger: JSON {
        var writer = LedgerWriter()
        writer.put("type", type.rawValue)
        writer.flag("isTrue", isTrue)
        writer.put("since", Optional(since))
        return writer.json
    }

    init(ledger reader: LedgerReader) throws(Failure) {
        guard let since = try reader.time("since") else { throw reader.wrong("since") }
        self.init(type: try reader.choice("type"), isTrue: reader.flag("isTrue"), since: since)
    }
}
