import Formats
import StandIn

/// Lines of a shell that wait: reading never traps, and what is understood is bounded and has what it needs.
public func fuzzShellWait(_ bytes: [UInt8]) {
    let line = String(decoding: bytes, as: UTF8.self)
    for shell in ["sh", "bash"] {
        do throws(ConfigurationErrors) {
            let read = try ShellWait.read([shell, "-c", line], environment: ["HOST": "db"])
            check(read.steps)
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

private func check(_ steps: [ShellWait.Step]) {
    precondition(steps.count <= ShellWait.stepsMaximum, "more steps than there may be")
    for step in steps {
        switch step {
        case .say(let text, _): precondition(!text.isEmpty, "nothing is said")
        case .pause(let time): precondition(time >= .zero, "a pause before now")
        case .until(let condition, let body):
            check(condition)
            check(body)
        case .end: break
        }
    }
}

private func check(_ condition: ShellWait.Condition) {
    switch condition {
    case .port(let host, let port, _), .mysql(let host, let port), .redis(let host, let port, _, _):
        precondition(!host.isEmpty && port > 0, "a place without host or port")
    case .http(let question): precondition(question.url.hasPrefix("http"), "no URL")
    case .name(let name, _): precondition(!name.isEmpty, "no name")
    case .file(let path, _): precondition(!path.isEmpty, "no file")
    case .all(let conditions): conditions.forEach(check)
    case .within(let time, let condition):
        precondition(time > .zero, "no time")
        check(condition)
    case .postgres: break
    }
}
