import Basics
import Formats
import StandIn

/// Runs a script in a world that is made up: each question fails some times, then it holds.
struct ShellWorld {
    /// How often a question is answered with no.
    var refusals = 1
    /// Files and what they say.
    var files: [String: String] = [:]
    /// What transfers bring, by their words.
    var answers: [String: [ShellAnswer]] = [:]
    /// The most actions: a script that waits for ever is cut off there.
    var actionsMaximum = 40

    /// What a script does, one word for each action.
    func trace(
        _ script: String,
        _ shell: [String] = ["sh", "-c"],
        environment: [String: String] = [:]
    ) throws -> String {
        try run(script, shell, environment: environment).trace.joined(separator: " ")
    }

    /// What a script writes to its output, and how it ends.
    func outcome(
        _ script: String,
        _ shell: [String] = ["sh", "-c"],
        environment: [String: String] = [:]
    ) throws -> (output: String, code: Int32?) {
        let run = try run(script, shell, environment: environment)
        return (run.output, run.code)
    }

    private func run(
        _ script: String,
        _ shell: [String],
        environment: [String: String]
    ) throws -> (trace: [String], output: String, code: Int32?) {
        let program = try ShellProgram.read(shell + [script], environment: environment)
        var machine = program.start(environment: environment)
        var trace: [String] = []
        var output = ""
        var answer = ShellAnswer()
        var now = Duration.zero
        var asked: [ShellQuestion: Int] = [:]
        var answers = answers
        for _ in 0..<actionsMaximum {
            let (action, deadline) = machine.next(answer, at: now)
            answer = ShellAnswer()
            switch action {
            case .end(let code):
                trace.append("exit(\(code))")
                return (trace, output, code)
            case .say(let text, let isError):
                if !isError { output += text }
                let shown = text.replacing("\n", with: "|")
                trace.append((isError ? "err(" : "say(") + shown + ")")
            case .pause(let time):
                trace.append("sleep(\(time.milliseconds))")
                now = min(now + time, deadline ?? now + time)
            case .ask(let question):
                asked[question, default: 0] += 1
                let holds = asked[question, default: 0] > refusals
                trace.append(Self.shown(question) + (holds ? "+" : "-"))
                answer = ShellAnswer(holds ? 0 : 1)
            case .transfer(let transfer):
                let words = ([transfer.program] + transfer.words).joined(separator: " ")
                var target = ""
                switch transfer.output {
                case .file(let path): target = ">" + path
                case .nowhere: target = ">-"
                default: break
                }
                var list = answers[words] ?? []
                answer = list.isEmpty ? ShellAnswer() : list.removeFirst()
                // The last answer stays.
                if !list.isEmpty { answers[words] = list }
                trace.append("<\(words)\(target)>" + (answer.status == 0 ? "+" : "-"))
            case .read(let path):
                trace.append("read(\(path))")
                answer = files[path].map { ShellAnswer(0, $0) } ?? ShellAnswer(1)
            case .time: answer = ShellAnswer(0, String(now.components.seconds))
            }
        }
        return (trace + ["..."], output, nil)
    }

    private static func shown(_ question: ShellQuestion) -> String {
        switch question {
        case .port(let host, let port, let limit):
            "\(host):\(port)" + (limit.map { "/\($0.milliseconds)" } ?? "")
        case .postgres(let words): "pg(" + words.joined(separator: " ") + ")"
        case .login(let asker):
            "login(" + asker.address
                + asker.variables.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map {
                    "\($0.key.dropFirst(2))=\($0.value)"
                }.joined(separator: ",") + ")"
        case .name(let name, let server): "name(\(name)" + (server.map { "@\($0)" } ?? "") + ")"
        case .mysql(let host, let port): "mysql(\(host):\(port))"
        case .redis(let host, let port, let password, let mustPong):
            "redis(\(host):\(port)" + (password.map { " \($0)" } ?? "")
                + (mustPong ? " PONG)" : ")")
        case .file(let path, let test): "-\(test.rawValue)(\(path))"
        }
    }
}
