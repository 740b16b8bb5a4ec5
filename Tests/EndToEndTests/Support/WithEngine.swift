import Foundation
import TestKit
import Testing

/// How many engines run at once: the tests spend their time waiting, the machine has two cores.
private let slots = Slots(6)

extension Trait where Self == TimeLimitTrait {
    /// The longest that a test with an engine may take: time limits count from the start of the run, so
    /// that most of it may be spent waiting for one of the slots.
    static var engineLimit: Self { .timeLimit(.minutes(15)) }
}

/// A counting semaphore for tests.
actor Slots {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    init(_ count: Int) { free = count }
    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }
    func giveBack() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

/// Runs a test body with an engine of its own, stops it, and checks that nothing of it is left.
///
/// `prepare` comes before the engine's start, `finish` after all else, whatever happened.
func withEngine(
    _ options: [String] = ["--stop-pods"],
    environment: [String: String] = [:],
    prepare: (TestEngine) async throws -> Void = { _ in },
    finish: (TestEngine) async throws -> Void = { _ in },
    _ body: (TestEngine) async throws -> Void
) async throws {
    await slots.take()
    do {
        let engine = try TestEngine()
        do {
            try await prepare(engine)
            try await engine.start(options, environment: environment)
            try await body(engine)
        } catch {
            Issue.record("\(error)")
            if let program = engine.engine, !program.errors.isEmpty {
                Issue.record("the engine said: \(program.errors.suffix(4000))")
            }
        }
        do {
            if engine.engine == nil { try await engine.start(options) }
            try await engine.stop()
            #expect(engine.leftovers() == [])
            #expect(try await engine.tables() == [])
        } catch {
            Issue.record("\(error)")
        }
        try await finish(engine)
        await slots.giveBack()
    } catch {
        await slots.giveBack()
        throw error
    }
}

extension TestEngine {
    /// The name of the engine's control groups: FNV-1a of its run root (`NodeLayout.tag`).
    private var tag: String {
        let hash = runRoot.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return String(format: "%08x", hash)
    }

    /// The engine's tables of nftables.
    func tables() async throws -> [String] {
        try await TestProgram.run("nft", ["list", "tables"]).output.split(separator: "\n")
            .map(String.init).filter { $0.contains(tag) }
    }

    /// The mounts below this engine's folder, outer ones first.
    func mountPoints() -> [String] {
        // Foundation reads a file by its name only up to the first short read, which for the kernel's
        // tables is a page.
        let bytes = try? FileHandle(forReadingAtPath: "/proc/self/mountinfo")?.readToEnd()
        return String(decoding: bytes ?? Data(), as: UTF8.self).split(separator: "\n")
            .map { String($0.split(separator: " ")[4]) }
            .filter { $0.hasPrefix(folder.path + "/") }
    }

    /// The processes whose command lines name this engine's folder: conmon, runtimes, the engine.
    func processes() -> [(pid: Int32, line: String)] {
        let manager = FileManager.default
        return ((try? manager.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { entry in
            guard let pid = Int32(entry),
                let bytes = manager.contents(atPath: "/proc/\(entry)/cmdline")
            else { return nil }
            let line = String(decoding: bytes, as: UTF8.self).replacing("\0", with: " ")
            return line.contains(folder.path) ? (pid, line) : nil
        }
    }

    /// Those of them whose command lines have a text.
    func processes(naming text: String) -> [Int32] {
        processes().filter { $0.line.contains(text) }.map(\.pid)
    }

    /// What the engine should have taken away and did not: processes, mounts, cgroups, namespaces.
    func leftovers() -> [String] {
        var found: [String] = []
        let manager = FileManager.default
        for point in mountPoints() where point != root && point != runRoot {
            found.append("mount \(point)")
        }
        for process in processes() { found.append("process \(process.pid): \(process.line)") }
        for hierarchy in (try? manager.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? [] {
            let group = "/sys/fs/cgroup/\(hierarchy)/remora/\(tag)"
            if manager.fileExists(atPath: group) { found.append("control group \(group)") }
        }
        if manager.fileExists(atPath: "/sys/fs/cgroup/remora/" + tag) {
            found.append("control group /remora/" + tag)
        }
        for interface in ["remora", "rsvc"] {
            let path = "/sys/class/net/" + interface + tag
            if manager.fileExists(atPath: path) { found.append("interface \(interface + tag)") }
        }
        for directory in ["containers", "pods"] {
            for entry in (try? manager.contentsOfDirectory(atPath: root + "/" + directory)) ?? [] {
                found.append("\(directory)/\(entry)")
            }
        }
        return found
    }
}

/// Waits until a field of a pod is one of some values, or simply not empty.
func eventuallyKnown(
    _ engine: TestEngine,
    _ path: String,
    of pod: String,
    in values: [String] = [],
    within limit: Duration = .seconds(30)
) async throws {
    try await eventually(within: limit, "\(path) of \(pod)", every: .milliseconds(50)) {
        let text = try await engine.field(path, of: pod)
        return values.isEmpty ? !text.isEmpty : values.contains(text)
    }
}
