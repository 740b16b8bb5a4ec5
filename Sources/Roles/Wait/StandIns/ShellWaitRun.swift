import Basics
import Formats
import HTTP
import Reactor
import Security
import StandIn
import System

/// Does what a line of a shell that waits would do, without a shell.
@MainLoop struct ShellWaitRun {
    private let voice: WaitStandIn.Voice
    private let environment: [String: String]
    /// The least time between two attempts of a loop that does not sleep.
    private static let rest = Duration.milliseconds(100)

    /// Reads the words of a command, `sh -c LINE`, and does what they say.
    static func run(
        _ words: [String],
        _ environment: [String: String],
        isCheck: Bool,
        _ voice: WaitStandIn.Voice
    ) async throws(Failure) -> WaitStandIn.Ending {
        let line: ShellWait
        do throws(ConfigurationErrors) {
            line = try ShellWait.read(words, environment: environment)
        } catch {
            for finding in error.findings { voice.errors("\(finding)\n") }
            return .code(2)
        }
        for note in line.notes { voice.errors("wait: \(note)\n") }
        if isCheck { return .code(0) }
        let shell = ShellWaitRun(voice: voice, environment: environment)
        let (code, signal) = await (try Interruptible()).run { await shell.carry(out: line.steps) }
        if let signal { return .code(128 + signal) }
        return .code(code ?? 1)
    }

    private func carry(out steps: [ShellWait.Step]) async -> Int32 {
        for step in steps {
            switch step {
            case .say(let text, let isError):
                if isError { voice.errors(text) } else { voice.output(text) }
            case .pause(let time):
                try? await Loop.main.sleep(for: time)
            case .end(let code): return code
            case .until(let condition, let body):
                let rests = body.contains { if case .pause = $0 { true } else { false } }
                while !Task.isCancelled {
                    if await holds(condition, until: nil) { break }
                    if Task.isCancelled { break }
                    _ = await carry(out: body)
                    if !rests { try? await Loop.main.sleep(for: Self.rest) }
                }
            }
            if Task.isCancelled { return 1 }
        }
        return 0
    }

    private func holds(_ condition: ShellWait.Condition, until limit: Instant?) async -> Bool {
        let patience = Loop.main.now + Netcat.kernelPatience
        let deadline = limit.map { min($0, patience) } ?? patience
        func end(_ duration: Duration?) -> Instant {
            duration.map { min(deadline, Loop.main.now + $0) } ?? deadline
        }
        switch condition {
        case .all(let conditions):
            for condition in conditions {
                guard await holds(condition, until: limit) else { return false }
            }
            return true
        case .within(let time, let condition):
            return await holds(condition, until: end(time))
        case .port(let host, let port, let time):
            return await isThere(.tcp(NetworkAddress(host: host, port: port)), end(time))
        case .name(let name, let server):
            return await isThere(.dns(name: name, type: .any, least: 1, server: server), deadline)
        case .mysql(let host, let port):
            return await isThere(.mysql(NetworkAddress(host: host, port: port)), deadline)
        case .postgres(let words):
            guard let question = try? PgIsReady.read(words, environment) else { return false }
            return await PgIsReady.ask(question) == 0
        case .redis(let host, let port, let password, let mustPong):
            let address = NetworkAddress(host: host, port: port)
            // redis-cli ends with 0 whatever the server answers.
            let target = WaitTarget.redis(
                address,
                user: nil,
                password: password,
                .any,
                isSecure: false
            )
            return await isThere(mustPong ? target : .tcp(address), deadline)
        case .file(let path, let test): return Self.passes(path, test)
        case .http(let question): return await answers(question, end(question.limit))
        }
    }

    private func isThere(
        _ target: WaitTarget,
        _ deadline: Instant,
        _ settings: CheckSettings = CheckSettings()
    ) async -> Bool {
        let check = TargetCheck(settings: settings, environment: environment)
        if case .there = await check.ask(target, until: deadline) { return true }
        return false
    }

    private func answers(_ question: ShellWait.Question, _ deadline: Instant) async -> Bool {
        guard let address = HTTPAddress(question.url) else { return false }
        var settings = CheckSettings()
        settings.method = question.method
        settings.follows = question.follows
        if question.isInsecure { settings.tls = .unverified }
        for text in question.headers {
            guard let field = try? CheckSettings.header(text) else { continue }
            settings.headers.append(field.name, field.value)
        }
        switch question.answer {
        case .any: settings.statuses = [100...999]
        case .unfailed: settings.statuses = [100...399]
        case .success: settings.statuses = [200...299]
        case .status(let status): settings.statuses = [status...status]
        }
        return await isThere(.http(address), deadline, settings)
    }

    private static func passes(_ path: String, _ test: ShellWait.FileTest) -> Bool {
        guard let status = try? Files.stat(path) else { return false }
        switch test {
        case .exists: return true
        case .plain: return status.kind == .file
        case .directory: return status.kind == .directory
        case .filled: return status.size > 0
        case .socket: return status.kind == .socket
        case .readable: return Files.isReadable(path)
        }
    }
}
