import Basics
package import Reactor
import System

/// `companion fetch`: brings files into volumes, whole or not at all.
@MainLoop package enum FetchRole {
    /// Where its admin pages are if nobody says anything else.
    package static let port: UInt16 = 9536

    /// The declaration.
    package static let role = Role(
        name: "fetch",
        programs: ["curl", "wget"],
        spec: spec,
        translate: { program, words in
            // Their words have meanings of their own, which are read later as they are.
            program == "curl" || program == "wget" ? ["--as", program, "--"] + words : words
        },
        check: { invocation, _, environment throws(Failure) in
            let settings = try FetchSettings(
                invocation,
                files: FileAccess(),
                environment: environment
            )
            for item in settings.items { Console.line("\(item.target): \(item.name)") }
            return 0
        },
        make: { invocation, _, surroundings throws(Failure) in
            let settings = try FetchSettings(
                invocation,
                files: FileAccess(),
                environment: surroundings.environment
            )
            return FetchWork(settings, surroundings)
        },
        run: { invocation, program throws(Failure) in
            let words = (invocation.rest ?? [])
            switch invocation.text("as") {
            case "curl": return await CurlProgram.run(words)
            case "wget": return await WgetProgram.run(words)
            case "sh", "bash":
                let ending = try await ShellRun.run(
                    [invocation.text("as") ?? "sh"] + words,
                    FileAccess.environment,
                    isCheck: invocation.flag("check"),
                    role: "fetch",
                    WaitStandIn.Voice()
                )
                if case .code(let code) = ending { return code }
                return 0
            default: break
            }
            let settings = try FetchSettings(
                invocation,
                files: FileAccess(),
                environment: FileAccess.environment
            )
            if invocation.flag("check") {
                for item in settings.items { Console.line("\(item.target): \(item.name)") }
                return 0
            }
            let options = try ProcessOptions(invocation, port: port)
            let process = RoleProcess(name: "fetch", options)
            if settings.every != nil {
                return try await process.run(FetchWork(settings, process.surroundings))
            }
            return try await once(settings, process.surroundings.journal)
        }
    )

    /// Fetches everything once.
    ///
    /// - Returns: 0 if everything is in place, 1 if something is not; 128 and the number of a signal that ended it.
    /// - Throws: That signals cannot be watched. What could not be fetched is told in the journal, and other items
    ///   are fetched all the same.
    static func once(
        _ settings: FetchSettings,
        _ journal: Journal
    ) async throws(Failure) -> Int32 {
        let signals = try SignalWatch(["SIGTERM", "SIGINT"].compactMap(Signals.number))
        let work = Task { @MainLoop () -> Bool in
            let fetcher = Fetcher(settings, journal: journal)
            var isWhole = true
            var isChanged = false
            for item in settings.items where !Task.isCancelled {
                do throws(WebFailure) {
                    switch try await fetcher.fetch(item) {
                    case .changed(let size):
                        isChanged = true
                        journal.info("\(item.target): \(size) bytes of \(item.name)")
                    case .same: journal.info("\(item.target): as it was")
                    }
                } catch {
                    isWhole = false
                    if !Task.isCancelled { journal.error("\(error)") }
                }
            }
            if isWhole, isChanged {
                for deed in settings.deeds {
                    do throws(Failure) {
                        try await Deeds.take(deed)
                        journal.info("done: \(deed)")
                    } catch {
                        isWhole = false
                        journal.error("\(error)")
                    }
                }
            }
            return isWhole
        }
        var ended: Int32?
        let watching = Task { @MainLoop in
            guard let number = try? await signals.next() else { return }
            ended = number
            work.cancel()
        }
        let isWhole = await work.value
        watching.cancel()
        signals.close()
        if let ended {
            journal.warning("ended by \(Signals.name(of: ended)): what was half fetched is dropped")
            return 128 + ended
        }
        return isWhole ? 0 : 1
    }
}
