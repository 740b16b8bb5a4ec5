import Foundation
import TestKit
import Testing

/// A real engine of the release binary with a root of its own, driven through the command line.
final class TestEngine: Sendable {
    let folder: TemporaryDirectory
    let binary: String
    private let process = Locked<TestProgram?>(nil)

    var root: String { folder.file("root") }
    var runRoot: String { folder.file("run") }
    var socket: String { runRoot + "/remora.sock" }

    init() throws {
        binary = try Self.findBinary()
        folder = try TemporaryDirectory()
    }

    /// The binary under test: `REMORA_BINARY`, else the release build, else the debug build.
    static func findBinary() throws -> String {
        if let path = ProcessInfo.processInfo.environment["REMORA_BINARY"] { return path }
        let package = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        for build in ["release", "debug"] {
            let path = package.appending(path: ".build/\(build)/remora").path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Trouble("no remora binary; run `swift build -c release --product remora` first")
    }

    /// Starts the engine and waits until its socket answers.
    func start(_ options: [String] = ["--stop-pods"], environment: [String: String] = [:])
        async throws
    {
        let program = try TestProgram(
            binary,
            ["--root", root, "--run-root", runRoot, "serve"] + options,
            environment: environment
        )
        process.set(program)
        try await eventually(within: .seconds(15), "the engine answers") {
            if let ending = program.poll() {
                throw Trouble("the engine ended (\(ending)): \(program.errors)")
            }
            return try await self.remora("get", "namespaces").succeeded
        }
    }

    /// The running engine.
    var engine: TestProgram? { process.get() }

    /// SIGKILL, as a crash would; the pods live on.
    func crash() async throws {
        guard let program = process.get() else { return }
        program.signal(SIGKILL)
        _ = try await program.wait(within: .seconds(5))
        process.set(nil)
    }

    /// SIGKILL after some milliseconds, and a new engine.
    func crash(after milliseconds: Int) async throws {
        try await Task.sleep(for: .milliseconds(milliseconds))
        try await crash()
        try await start()
    }

    /// SIGTERM and wait for the end.
    @discardableResult
    func stop(within limit: Duration = .seconds(60)) async throws -> TestProgram.Result? {
        guard let program = process.get() else { return nil }
        program.signal(SIGTERM)
        let result = try await program.wait(within: limit)
        process.set(nil)
        return result
    }

    /// Runs a command of the program against this engine.
    func remora(_ arguments: String..., within limit: Duration = .seconds(60)) async throws
        -> TestProgram.Result
    {
        try await remora(arguments, within: limit)
    }

    /// Runs a command of the program against this engine.
    func remora(_ arguments: [String], within limit: Duration = .seconds(60), input: String? = nil)
        async throws -> TestProgram.Result
    {
        try await TestProgram(
            binary,
            ["--root", root, "--run-root", runRoot] + arguments,
            input: input
        )
        .wait(within: limit)
    }

    /// Applies manifests and returns at once.
    func apply(_ manifest: String) async throws {
        let file = try folder.write(manifest, to: "manifest-\(UUID().uuidString).yaml")
        let result = try await remora("apply", "-f", file)
        guard result.succeeded else { throw Trouble("apply: \(result.errors)") }
    }

    /// The pod as JSON, nil if it does not exist.
    func pod(_ name: String) async throws -> [String: Any]? {
        let result = try await remora("get", "pods", name, "-o", "json")
        guard result.succeeded else { return nil }
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    }

    /// A field of the pod by JSONPath, as `kubectl -o jsonpath` prints it.
    func field(_ path: String, of name: String) async throws -> String {
        let result = try await remora("get", "pods", name, "-o", "jsonpath={\(path)}")
        return result.output
    }

    /// Waits until the pod's phase is the one named.
    func waitForPhase(_ phase: String, of name: String, within limit: Duration = .seconds(30))
        async throws
    {
        try await eventually(within: limit, "pod \(name) is \(phase)", every: .milliseconds(50)) {
            try await self.field(".status.phase", of: name) == phase
        }
    }

    /// Waits until the pod's condition `Ready` is true and its scripts have set their traps.
    func waitUntilReady(_ name: String, within limit: Duration = .seconds(30)) async throws {
        let path = ".status.conditions[?(@.type==\"Ready\")].status"
        try await eventually(within: limit, "pod \(name) is ready", every: .milliseconds(50)) {
            try await self.field(path, of: name) == "True"
        }
        let spec = try await pod(name)?["spec"] as? [String: Any] ?? [:]
        for list in ["initContainers", "containers"] {
            for container in spec[list] as? [[String: Any]] ?? [] {
                let command = container["command"] as? [String] ?? []
                let isLasting = list == "containers" || container["restartPolicy"] != nil
                guard let key = container["name"] as? String, isLasting,
                    command.last?.contains("echo Starting") == true
                else { continue }
                try await waitForLine("Starting", from: key, in: name)
            }
        }
    }

    /// Waits until the pod's object is gone.
    func waitUntilGone(_ name: String, within limit: Duration = .seconds(40)) async throws {
        try await eventually(within: limit, "pod \(name) is gone", every: .milliseconds(50)) {
            try await self.pod(name) == nil
        }
    }

    /// Every line that the pod's containers wrote, of all runs still on disk, ordered by time.
    func history(of pod: String, namespace: String = "default") throws -> [LoggedLine] {
        let logs = root + "/log/pods"
        let manager = FileManager.default
        var lines: [LoggedLine] = []
        for directory in (try? manager.contentsOfDirectory(atPath: logs)) ?? []
        where directory.hasPrefix("\(namespace)_\(pod)_") {
            let files = try manager.subpathsOfDirectory(atPath: logs + "/" + directory)
            for file in files where file.hasSuffix(".log") {
                let container = String(file.split(separator: "/")[0])
                let text = try String(
                    contentsOfFile: logs + "/" + directory + "/" + file,
                    encoding: .utf8
                )
                for line in text.split(separator: "\n") {
                    let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
                    guard parts.count == 4 else { continue }
                    lines.append(
                        LoggedLine(time: parts[0], container: container, text: parts[3])
                    )
                }
            }
        }
        return lines.sorted { $0.time < $1.time }
    }
}

/// One line of a container's log.
struct LoggedLine: Sendable, Equatable {
    /// RFC 3339 with nanoseconds; compares as text within one zone.
    var time: String
    var container: String
    var text: String

    /// Seconds since midnight.
    var seconds: Double {
        let clock = time.split(separator: "T")[1].prefix { $0 != "+" && $0 != "Z" }
        let parts = clock.split(separator: ":").compactMap { Double($0) }
        return parts[0] * 3600 + parts[1] * 60 + parts[2]
    }
}

/// An error of the test's surroundings.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A value behind a lock.
final class Locked<Value: Sendable>: @unchecked Sendable {
    // Every access goes through the lock below.
    private let lock = NSLock()
    private var value: Value
    init(_ value: Value) { self.value = value }
    func get() -> Value { lock.withLock { value } }
    func set(_ new: Value) { lock.withLock { value = new } }
    func change<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.withLock { body(&value) }
    }
}

extension TestEngine {
    /// Makes an image of Debian's busybox with a file `/other`, under a name of the test's.
    func importImage(_ name: String) async throws {
        let rootfs = folder.file("rootfs")
        let manager = FileManager.default
        if !manager.fileExists(atPath: rootfs) {
            try manager.createDirectory(
                atPath: rootfs + "/bin",
                withIntermediateDirectories: true
            )
            try manager.copyItem(atPath: "/bin/busybox", toPath: rootfs + "/bin/busybox")
            for program in ["sh", "sleep", "touch", "test"] {
                try manager.createSymbolicLink(
                    atPath: rootfs + "/bin/" + program,
                    withDestinationPath: "busybox"
                )
            }
            guard manager.createFile(atPath: rootfs + "/other", contents: nil) else {
                throw Trouble("cannot write \(rootfs)/other")
            }
        }
        let result = try await remora("image", "import", rootfs, name)
        guard result.succeeded else { throw Trouble("image import: \(result.errors)") }
    }
}
