import Basics
import HTTP
import Reactor
import StandIn
import System

/// Answers what a script asks.
@MainLoop struct ShellAnswers {
    let environment: [String: String]

    /// Whether the program that asks so would end with 0.
    func holds(_ question: ShellQuestion, _ limit: Instant?) async -> Bool {
        let patience = Loop.main.now + Netcat.kernelPatience
        let deadline = limit.map { min($0, patience) } ?? patience
        func end(_ duration: Duration?) -> Instant {
            duration.map { min(deadline, Loop.main.now + $0) } ?? deadline
        }
        switch question {
        case .port(let host, let port, let time):
            return await isThere(.tcp(NetworkAddress(host: host, port: port)), end(time))
        case .name(let name, let server):
            return await isThere(.dns(name: name, type: .any, least: 1, server: server), deadline)
        case .mysql(let host, let port):
            return await isThere(.mysql(NetworkAddress(host: host, port: port)), deadline)
        case .postgres(let words):
            guard let question = try? PgIsReady.read(words, environment) else { return false }
            return await PgIsReady.ask(question) == 0
        case .login(let asker): return await isLetIn(asker, deadline)
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
        }
    }

    private func isThere(_ target: WaitTarget, _ deadline: Instant) async -> Bool {
        let check = TargetCheck(settings: CheckSettings(), environment: environment)
        if case .there = await check.ask(target, until: deadline) { return true }
        return false
    }

    private func isLetIn(_ asker: PostgresAsker, _ deadline: Instant) async -> Bool {
        let variables = environment.merging(asker.variables) { $1 }
        let address = asker.address.isEmpty ? "postgresql://" : asker.address
        guard let target = try? WaitTarget(address, environment: variables) else { return false }
        let check = TargetCheck(settings: CheckSettings(), environment: variables)
        if case .there = await check.ask(target, until: deadline) { return true }
        return false
    }

    private static func passes(_ path: String, _ test: ShellQuestion.FileTest) -> Bool {
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
