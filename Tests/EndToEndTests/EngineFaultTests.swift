import Foundation
import TestKit
import Testing

/// Faults of the engine's surroundings - disks, signals, clocks, rivals - of which no pod suffers.
@Suite("Engine faults") struct EngineFaultTests {
    /// Runs a program of the machine that must succeed.
    @discardableResult
    private func run(_ program: String, _ arguments: String...) async throws -> String {
        let result = try await TestProgram.run(program, arguments)
        guard result.succeeded else { throw Trouble("\(program) \(arguments): \(result.errors)") }
        return result.output
    }

    private func mountRoot(_ engine: TestEngine, size: String) async throws {
        try FileManager.default.createDirectory(
            atPath: engine.root,
            withIntermediateDirectories: true
        )
        try await run("mount", "-t", "tmpfs", "-o", "size=" + size, "none", engine.root)
    }

    @Test func `a full disk stops no pod, is named, and what it refused is stored later`()
        async throws
    {
        try await withEngine(
            prepare: { try await mountRoot($0, size: "32m") },
            finish: { engine in
                // A disk of its own is the user's: the engine has not unmounted it.
                try await run("umount", engine.root)
            }
        ) { engine in
            let once = ShellPod("once", "trap 'exit 3' TERM; while true; do sleep 0.1; done")
            try await engine.apply(documents([resident("keep").yaml, once.yaml]))
            try await engine.waitUntilReady("keep")
            try await engine.waitUntilReady("once")
            _ = try await TestProgram.run(
                "dd",
                ["if=/dev/zero", "of=\(engine.root)/ballast", "bs=4k"]
            )
            let file = try engine.folder.write(resident("late").yaml, to: "late.yaml")
            let refused = try await engine.remora("apply", "-f", file)
            #expect(!refused.succeeded)
            #expect(refused.errors.contains("the disk is full; free space"), "\(refused.errors)")
            // A pod that ends now cannot be stored; the engine says so once and tries again.
            _ = try await engine.shell("kill 1", in: "once")
            try await eventually(within: .seconds(20), "the engine complains") {
                engine.engine?.errors.contains("cannot store the status of pod default/once")
                    == true
            }
            #expect(try await engine.shell("echo here", in: "keep") == "here\n")
            #expect(try await engine.remora("ps").succeeded)
            try FileManager.default.removeItem(atPath: engine.root + "/ballast")
            try await engine.waitForPhase("Failed", of: "once")
            let code = ".status.containerStatuses[0].state.terminated.exitCode"
            #expect(try await engine.field(code, of: "once") == "3")
            #expect(try await engine.remora("apply", "-f", file).succeeded)
            try await engine.waitUntilReady("late")
            let restarts = ".status.containerStatuses[0].restartCount"
            #expect(try await engine.field(restarts, of: "keep") == "0")
        }
    }

    // A full disk would do as well, but the stopped pods give some of it back.
    @Test(arguments: [false, true])
    func `a stop with pods that cannot be stored is said, or stored as soon as it can be`(
        later: Bool
    ) async throws {
        try await withEngine { engine in
            try await engine.apply(resident("keep").yaml)
            try await engine.waitUntilReady("keep")
            let text =
                "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1]); "
                + "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); time.sleep(300)"
            let rival = try TestProgram("python3", ["-c", text, engine.root + "/node.db"])
            try await eventually(within: .seconds(20), "the database is locked") {
                rival.output.contains("locked")
            }
            async let stopping = engine.stop()
            if later {
                try await eventually(within: .seconds(50), "the pod has been stopped") {
                    engine.processes(naming: "conmon").isEmpty
                }
                rival.signal(SIGKILL)
            }
            let result = try #require(try await stopping)
            rival.signal(SIGKILL)
            _ = try await rival.wait(within: .seconds(10))
            let sentence = "remora: cannot store that 1 pod was stopped: "
            #expect(result.code == (later ? 0 : 1), "\(result.errors)")
            #expect(result.errors.contains(sentence) == !later, "\(result.errors)")
            try await engine.start()
            try await engine.waitUntilReady("keep")
            let restarts = ".status.containerStatuses[0].restartCount"
            #expect(try await engine.field(restarts, of: "keep") == (later ? "0" : "1"))
        }
    }

    /// The object of a pod that has ended goes at once; its many files take longer.
    @Test func `an engine that ends right after its pod was removed leaves nothing of it`()
        async throws
    {
        let engine = try TestEngine()
        try await engine.start([])
        let pod = ShellPod(
            "ended",
            "i=0; while [ $i -lt 15000 ]; do : > /data/$i; i=$((i+1)); done",
            pod: ["volumes: [{name: data, emptyDir: {}}]"],
            container: ["volumeMounts: [{name: data, mountPath: /data}]"]
        )
        let file = try engine.folder.write(pod.yaml, to: "pod.yaml")
        let up = try await engine.remora("up", "-f", file)
        #expect(up.code == 0, "\(up.errors)")
        let down = try await engine.remora("down", "ended")
        #expect(down.code == 0, "\(down.errors)")
        #expect(try await engine.stop()?.code == 0)
        #expect(engine.leftovers() == [])
    }

    @Test func `a state directory that cannot be written is named with a remedy`() async throws {
        let engine = try TestEngine()
        try await mountRoot(engine, size: "1m")
        try await run("mount", "-o", "remount,ro", engine.root)
        let file = try engine.folder.write(ShellPod("pod", "true").yaml, to: "pod.yaml")
        for command in [
            ["serve"], ["serve", "-d"], ["up", "-f", file], ["up", "-d", "-f", file],
        ] {
            let result = try await engine.remora(command)
            #expect(result.code == 1, "\(command)")
            #expect(result.errors.contains(engine.root), "\(command): \(result.errors)")
            #expect(
                result.errors.contains("the file system is read-only")
                    || result.errors.contains("Read-only file system"),
                "\(command): \(result.errors)"
            )
            #expect(
                result.errors.contains("--root") || result.errors.contains("must be writable"),
                "\(command): \(result.errors)"
            )
        }
        try await run("umount", engine.root)
        // The same holds for a place where no directory can be made.
        let nowhere = try await TestProgram.run(
            engine.binary,
            ["--root", "/proc/remora", "--run-root", engine.runRoot, "serve"]
        )
        #expect(nowhere.code == 1)
        #expect(nowhere.errors.contains("choose directories that can be written"))
        #expect(engine.leftovers() == [])
    }

    @Test func `an engine of another root does not touch the pods of a run root in use`()
        async throws
    {
        try await withEngine { engine in
            try await engine.apply(resident("mine").yaml)
            try await engine.waitUntilReady("mine")
            let rival = try await TestProgram.run(
                engine.binary,
                ["--root", engine.folder.file("other"), "--run-root", engine.runRoot, "serve"]
            )
            #expect(rival.code == 1)
            #expect(rival.errors.contains("process ID \(engine.engine?.pid ?? 0)"))
            #expect(rival.errors.contains("choose another directory with --run-root"))
            #expect(try await engine.shell("ip addr show eth0 | grep -c inet", in: "mine") != "0\n")
            #expect(try await engine.remora("ps").output.contains("1/1"))
        }
    }

    @Test func `a storm of SIGTERM neither breaks a start nor cuts a stop short`() async throws {
        try await withEngine { engine in
            let place = engine.folder.file("notes")
            try FileManager.default.createDirectory(
                atPath: place,
                withIntermediateDirectories: false
            )
            func program(_ name: String) -> String {
                flowSequence([
                    "sh", "-c",
                    "trap 'sleep 0.3; echo \(name) >> /notes/ends; exit 0' TERM; "
                        + "while true; do sleep 0.1 & wait; done",
                ])
            }
            let mount = "volumeMounts: [{name: notes, mountPath: /notes}]"
            let image = "image: remora/busybox, imagePullPolicy: IfNotPresent"
            try await engine.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: polite}
                spec:
                  terminationGracePeriodSeconds: 10
                  volumes: [{name: notes, hostPath: {path: \(place)}}]
                  initContainers:
                  - {name: side, restartPolicy: Always, \(image), command: \(program("side")), \(mount)}
                  containers:
                  - {name: main, \(image), command: \(program("main")), \(mount)}
                """
            )
            try await engine.waitUntilReady("polite")
            for round in 0..<4 {
                // While pods stop: the first signal counts, the others change nothing.
                let program = try #require(engine.engine)
                for _ in 0..<60 {
                    program.signal(SIGTERM)
                    try await Task.sleep(for: .milliseconds(5))
                }
                let stopped = try await engine.stop(within: .seconds(30))
                #expect(stopped?.ending == .exited(0), "round \(round): \(stopped?.errors ?? "")")
                let notes = try engine.folder.text(of: "notes/ends")
                #expect(notes.hasSuffix("main\nside\n"), "round \(round): \(notes)")
                try FileManager.default.removeItem(atPath: place + "/ends")
                // While it starts: it ends, by the signal or in order.
                let start = try TestProgram(
                    engine.binary,
                    ["--root", engine.root, "--run-root", engine.runRoot, "serve", "--stop-pods"]
                )
                for _ in 0..<40 {
                    start.signal(SIGTERM)
                    try await Task.sleep(for: .milliseconds(5 * round))
                }
                let ending = try await start.wait(within: .seconds(30)).ending
                #expect(ending == .exited(0) || ending == .signalled(SIGTERM))
                try await engine.start()
                try await engine.waitUntilReady("polite")
                try? FileManager.default.removeItem(atPath: place + "/ends")
            }
        }
    }

    @Test func `a jumping wall clock neither restarts, kills nor delays anything`() async throws {
        let clock = try await FalseClock()
        try await withEngine(
            ["--stop-pods", "--crash-loop-max", "1s"],
            environment: clock.environment
        ) { engine in
            var steady = resident("steady")
            steady.container = [
                "livenessProbe: {exec: {command: [\"true\"]}, periodSeconds: 1, timeoutSeconds: 10}",
                "readinessProbe: {exec: {command: [\"true\"]}, periodSeconds: 1, timeoutSeconds: 10}",
            ]
            let looping = ShellPod("looping", "sleep 0.2; exit 1", restartPolicy: "Always")
            try await engine.apply(documents([steady.yaml, looping.yaml]))
            try await engine.waitUntilReady("steady")
            let count = ".status.containerStatuses[0].restartCount"
            for (name, jump) in [("tomorrow", 86400), ("yesterday", -86400), ("today", 0)] {
                let before = Int(try await engine.field(count, of: "looping")) ?? 0
                try clock.jump(to: Int64(jump))
                // A pod that comes and goes in the other time.
                let stubborn = ShellPod(
                    name,
                    "trap '' TERM; while true; do sleep 0.1; done",
                    restartPolicy: "Always"
                )
                try await engine.apply(stubborn.yaml)
                try await engine.waitUntilReady(name)
                let begin = ContinuousClock().now
                let down = try await engine.remora("down", name, "--grace-period", "2")
                #expect(down.succeeded, "\(down.errors)")
                let took = ContinuousClock().now - begin
                #expect(took > .seconds(1.5) && took < .seconds(15), "\(name): \(took)")
                try await eventually(within: .seconds(20), "the crash loop goes on \(name)") {
                    (Int(try await engine.field(count, of: "looping")) ?? 0) >= before + 2
                }
                #expect(try await engine.field(count, of: "steady") == "0")
                let ready = ".status.containerStatuses[0].ready"
                #expect(try await engine.field(ready, of: "steady") == "true")
            }
            // The clock was really another one.
            let day = DateFormatter()
            day.dateFormat = "yyyy-MM-dd"
            day.timeZone = TimeZone(identifier: "UTC")
            try clock.jump(to: 3 * 86400)
            try await engine.apply(ShellPod("dated", "true").yaml)
            try await engine.waitForPhase("Succeeded", of: "dated")
            let created = try await engine.field(".metadata.creationTimestamp", of: "dated")
            #expect(created > day.string(from: Date(timeIntervalSinceNow: 2 * 86400)))
            // And an engine that starts in the past takes over what began in the future.
            let id = ".status.containerStatuses[0].containerID"
            let known = try await engine.field(id, of: "steady")
            try await engine.crash()
            try await engine.start(["--stop-pods", "--crash-loop-max", "1s"])
            try await engine.waitUntilReady("steady")
            #expect(try await engine.field(id, of: "steady") == known)
            let before = Int(try await engine.field(count, of: "looping")) ?? 0
            try await eventually(within: .seconds(20), "the crash loop goes on in the past") {
                (Int(try await engine.field(count, of: "looping")) ?? 0) >= before + 2
            }
        }
    }
}
