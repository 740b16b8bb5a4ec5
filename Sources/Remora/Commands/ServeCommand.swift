internal import Basics
internal import Reactor
internal import System

/// `remora serve`: runs the engine until it is told to stop.
@MainLoop struct ServeCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        if context.invocation.flag("detach") {
            try await BackgroundEngine.start(context)
            return 0
        }
        let signals = try SignalWatch([Signals.interrupt, Signals.terminate])
        let engine = try await EngineProcess.start(context)
        context.journal.info("serving \(context.root) on \(context.runRoot)/remora.sock")
        if let door = engine.door {
            context.journal.info("serving kubectl on \(door.address)")
            if try context.doorSettings()?.isLocal == false {
                context.journal.warning("others than this machine can reach \(door.address)")
            }
        }
        let ends = AsyncQueue<Bool>(capacity: 16)
        let asked = Task { @MainLoop in _ = ends.send(await engine.stopRequested()) }
        let stopsPods = context.invocation.flag("stop-pods")
        let told = Task { @MainLoop in
            while (try? await signals.next()) != nil { _ = ends.send(stopsPods) }
        }
        let stops = await ends.next() ?? stopsPods
        asked.cancel()
        context.journal.info(stops ? "stopping the pods" : "leaving the pods running")
        defer { told.cancel() }
        try await engine.stop(stopsPods: stops)
        return 0
    }
}

/// An engine that goes on when this process has ended.
@MainLoop enum BackgroundEngine {
    /// Starts one and waits until it answers; its log goes to `<root>/engine.log`.
    ///
    /// - Throws: `Failure` with what the engine wrote last if it does not come up.
    static func start(_ context: CommandContext) async throws(Failure) {
        let log = context.root + "/engine.log"
        let output: Descriptor
        do {
            try Files.makeDirectories(context.root, mode: 0o711)
            output = try Descriptors.openLog(log)
        } catch {
            throw Failure(
                "cannot use \(context.root)",
                error,
                remedy: "choose a directory that can be written with --root"
            )
        }
        var arguments = ["--root", context.root, "--run-root", context.runRoot, "serve"]
        for name in [
            "runtime", "cni-conf", "max-pods", "crash-loop-max", "log-format", "listen",
            "service-cidr", "service-node-port-range", "stand-in",
        ] {
            if let value = context.invocation.text(name) { arguments += ["--" + name, value] }
        }
        if context.invocation.text("companion") != nil {
            // From another directory a path leads elsewhere.
            for place in try context.companionPlaces() { arguments += ["--companion", place] }
        }
        for name in context.invocation.texts("tls-san") { arguments += ["--tls-san", name] }
        for name in ["debug", "stop-pods"] where context.invocation.flag(name) {
            arguments.append("--" + name)
        }
        var command = Command("/proc/self/exe", arguments)
        command.directory = "/"
        command.input = .null
        command.output = .descriptor(output.number)
        command.errors = .descriptor(output.number)
        command.newSession = true
        let process = try ChildProcess.start(command)
        let deadline = Loop.main.now + .seconds(30)
        while await !context.client.isAlive() {
            let hasEnded = (try? await process.exitStatus(deadline: Loop.main.now)) != nil
            guard !hasEnded, Loop.main.now < deadline else {
                let text = (try? Files.text(log)) ?? ""
                let last = text.split(separator: "\n").last.map(String.init) ?? ""
                throw Failure(
                    .unavailable,
                    "the engine did not come up",
                    cause: last.hasPrefix("remora: ") ? String(last.dropFirst(8)) : last,
                    remedy: "its log is \(log)"
                )
            }
            try await Loop.main.sleep(for: .milliseconds(5))
        }
    }
}
