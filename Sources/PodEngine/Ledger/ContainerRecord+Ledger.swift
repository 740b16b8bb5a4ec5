internal import Basics
internal import Formats
internal import PodModel

extension ContainerRecord {
    /// The record in the ledger; back-offs and probe counters are left out, as the kubelet forgets them.
    var ledger: JSON {
        var writer = LedgerWriter()
        writer.put("state", state.rawValue)
        writer.put("attempt", attempt)
        writer.put("sandbox", sandbox)
        writer.put("id", id)
        writer.put("imageAsked", imageAsked)
        if let image { writer.put("image", image.ledger) }
        writer.put("user", user)
        writer.put("startedAt", startedAt)
        writer.put("startedInstant", startedInstant)
        writer.put("allocated", allocated)
        writer.put("applied", applied)
        writer.flag("isUp", isUp)
        if let ended { writer.put("ended", ended.ledger) }
        if let previous { writer.put("previous", previous.ledger) }
        writer.put("kept", kept.map { Int64($0) })
        writer.flag("isStarted", isStarted)
        writer.flag("isReady", isReady)
        if let error {
            writer.put("errorReason", error.reason)
            writer.put("errorMessage", error.message)
        }
        writer.flag("isDone", isDone)
        writer.flag("mustRestart", mustRestart)
        writer.flag("hasRun", hasRun)
        if let kill { writer.put("kill", kill.ledger) }
        return writer.json
    }

    init(ledger reader: LedgerReader) throws(Failure) {
        state = try reader.choice("state")
        attempt = try reader.int("attempt")
        sandbox = try reader.int("sandbox")
        id = try reader.text("id")
        imageAsked = try reader.text("imageAsked")
        if reader.has("image") { image = try ImageIdentity(ledger: reader.reader("image")) }
        user = try reader.text("user")
        startedAt = try reader.time("startedAt")
        startedInstant = try reader.instant("startedInstant")
        allocated = try reader.resources("allocated")
        applied = try reader.resources("applied")
        isUp = reader.flag("isUp")
        if reader.has("ended") { ended = try Ended(ledger: reader.reader("ended")) }
        if reader.has("previous") { previous = try Ended(ledger: reader.reader("previous")) }
        kept = try reader.ints("kept").map { Int($0) }
        isStarted = reader.flag("isStarted")
        isReady = reader.flag("isReady")
        if reader.has("errorReason") {
            error = StepFailure(
                reason: try reader.text("errorReason"),
                message: try reader.text("errorMessage")
            )
        }
        isDone = reader.flag("isDone")
        mustRestart = reader.flag("mustRestart")
        hasRun = reader.flag("hasRun")
        if reader.has("kill") { kill = try Kill(ledger: reader.reader("kill")) }
    }
}

extension LedgerWriter {
    fileprivate mutating func put(_ key: String, _ resources: ResourceRequirements) {
        if resources != ResourceRequirements() { put(key, resources.json) }
    }
}

extension LedgerReader {
    fileprivate func resources(_ key: String) throws(Failure) -> ResourceRequirements {
        guard let json = object[key] else { return ResourceRequirements() }
        do throws(ModelError) { return try ResourceRequirements(json: json) } catch {
            throw wrong(key)
        }
    }
}

extension ContainerRecord.Ended {
    var ledger: JSON {
        var writer = LedgerWriter()
        writer.put("attempt", attempt)
        writer.put("id", id)
        writer.put("at", at)
        writer.put("code", exit.code)
        writer.put("reason", exit.reason)
        writer.put("message", exit.message)
        writer.put("startedAt", exit.startedAt)
        writer.put("finishedAt", exit.finishedAt)
        return writer.json
    }

    init(ledger reader: LedgerReader) throws(Failure) {
        attempt = try reader.int("attempt")
        id = try reader.text("id")
        at = try reader.instant("at")
        guard let finishedAt = try reader.time("finishedAt") else {
            throw reader.wrong("finishedAt")
        }
        exit = ContainerExit(
            code: try reader.int("code"),
            reason: try reader.text("reason"),
            message: try reader.text("message"),
            startedAt: try reader.time("startedAt"),
            finishedAt: finishedAt
        )
    }
}

extension ImageIdentity {
    var ledger: JSON {
        var writer = LedgerWriter()
        writer.put("reference", reference)
        writer.put("id", id)
        writer.put("message", message)
        writer.flag("wasPulled", wasPulled)
        if let standIn { writer.put("standIn", standIn) }
        return writer.json
    }

    init(ledger reader: LedgerReader) throws(Failure) {
        self.init(
            reference: try reader.text("reference"),
            id: try reader.text("id"),
            message: try reader.text("message"),
            wasPulled: reader.flag("wasPulled"),
            standIn: reader.has("standIn") ? try reader.text("standIn") : nil
        )
    }
}

extension Kill {
    var ledger: JSON {
        var writer = LedgerWriter()
        writer.put("stage", stage.rawValue)
        writer.put("reason", reason.rawValue)
        writer.put("grace", grace)
        writer.put("since", since)
        writer.put("until", until)
        writer.flag("isOrdered", isOrdered)
        writer.put("kills", kills)
        return writer.json
    }

    init(ledger reader: LedgerReader) throws(Failure) {
        stage = try reader.choice("stage")
        reason = try reader.choice("reason")
        grace = try reader.int("grace")
        since = try reader.instant("since")
        until = try reader.instant("until")
        isOrdered = reader.flag("isOrdered")
        kills = try reader.int("kills")
    }
}
