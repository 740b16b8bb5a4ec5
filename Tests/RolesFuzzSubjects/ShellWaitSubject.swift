import Formats
import StandIn

/// Scripts of a shell: reading never traps, and what is understood is done in steps that have what they need, whatever
/// the answers are.
public func fuzzShellWait(_ bytes: [UInt8]) {
    let line = String(decoding: bytes, as: UTF8.self)
    for shell in ["sh", "bash"] {
        do throws(ConfigurationErrors) {
            let environment = ["HOST": "db"]
            let program = try ShellProgram.read([shell, "-c", line], environment: environment)
            for seed in 0..<3 {
                run(program.start(environment: environment), seed: UInt64(seed + bytes.count))
            }
        } catch {
            precondition(!error.errors.isEmpty, "refused without a reason")
        }
    }
    for word in line.split(separator: " ").prefix(8) {
        if let duration = SleepTime(String(word))?.duration {
            precondition(duration >= .zero, "a time before now")
        }
    }
}

/// Goes some steps with answers that follow from a number.
private func run(_ machine: ShellMachine, seed: UInt64) {
    var machine = machine
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var answer = ShellAnswer()
    var now = Duration.zero
    for _ in 0..<64 {
        let (action, _) = machine.next(answer, at: now)
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let isWell = state >> 63 == 0
        answer = ShellAnswer(isWell ? 0 : 1, isWell ? "200\n" : "")
        now += .milliseconds(Int64(state >> 56))
        switch action {
        case .end(let code):
            precondition((0...255).contains(code), "no exit code")
            return
        case .say(let text, _): precondition(!text.isEmpty, "nothing is said")
        case .pause(let time): precondition(time >= .zero, "a pause before now")
        case .ask(let question): check(question)
        case .transfer(let transfer):
            precondition(["curl", "wget"].contains(transfer.program), "no program of transfers")
        case .read(let path): precondition(!path.isEmpty, "no file")
        case .time: break
        }
    }
}

private func check(_ question: ShellQuestion) {
    switch question {
    case .port(let host, let port, _), .mysql(let host, let port), .redis(let host, let port, _, _):
        precondition(!host.isEmpty && port > 0, "a place without host or port")
    case .name(let name, _): precondition(!name.isEmpty, "no name")
    case .file(let path, _): precondition(!path.isEmpty, "no file")
    case .postgres, .login: break
    }
}
