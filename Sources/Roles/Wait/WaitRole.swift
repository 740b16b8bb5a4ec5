import Basics
package import Reactor
import System

/// `companion wait`: waits until something is there.
@MainLoop package enum WaitRole {
    package static let role = Role(
        name: "wait",
        programs: WaitStandIn.programs.filter { $0 != "sh" && $0 != "bash" },
        spec: spec,
        translate: { program, words in
            program == "wait" ? words : ["--as", program, "--"] + words
        },
        run: { invocation, program throws(Failure) in try await run(invocation) }
    )

    private static func run(_ invocation: Invocation) async throws(Failure) -> Int32 {
        let environment = FileAccess.environment
        if let name = invocation.text("as") {
            guard invocation.arguments.isEmpty else {
                throw Failure(.invalid, "--as takes its words behind --")
            }
            return try await WaitStandIn.run(
                name,
                invocation.rest ?? [],
                environment: environment,
                isCheck: invocation.flag("check")
            )
        }
        let options = try WaitOptions(invocation, environment: environment)
        if invocation.flag("check") {
            for target in options.targets { Console.line("\(target)") }
            return 0
        }
        let code = try await wait(options, environment)
        guard code == 0, !options.command.isEmpty else { return code }
        return Successor.become(options.command, says: "wait")
    }

    /// Waits; the result is the exit code.
    static func wait(
        _ options: WaitOptions,
        _ environment: [String: String],
        say: @escaping @MainLoop (String) -> Void = { Console.note("wait: " + $0) }
    ) async throws(Failure) -> Int32 {
        let check = TargetCheck(settings: options.checks, environment: environment)
        let run = WaitRun(options.plan) { index, deadline in
            await check.ask(options.targets[index], until: deadline)
        } say: { text in
            if !options.isQuiet { say(text) }
        }
        switch try await run.run() {
        case .reached: return 0
        case .timedOut: return 1
        case .interrupted(let number): return 128 + number
        }
    }

    private static let spec = CommandSpec(
        "wait",
        summary: "wait until servers, names, files or other containers are ready",
        discussion: """
            Targets:
              db:5432, tcp://db:5432        a port takes connections
              http://app:8080/ready         an answer over HTTP, as --status, --body and the like say
              tls://app:443                 a certificate that is trusted, carries the name and holds
              dns:app.default.svc           records; ?type=a|aaaa|srv&min=N&server=ADDR
              postgres://u@db/x             a query is answered; ?role=primary|standby|read-write|read-only,
                                            ?check=login for the first word only, all of libpq's parameters
              mysql://db                    a greeting
              redis://:secret@cache         PING is answered; ?role=master|replica; rediss:// with TLS
              grpc://app:9000/service       the health service says SERVING; grpcs:// with TLS
              unix:/run/app.sock            a Unix socket takes connections
              file:/shared/done             a file is there; ?nonempty, ?fresh=5m
              admin:9901, admin:HOST:PORT   another companion's /readyz
              exec:/bin/check word          a command ends with 0
            What is not said of PostgreSQL is taken from PGHOST, PGUSER, PGPASSWORD, PGPASSFILE and so on.

            Words behind -- are a program that takes this one's place when all is there.

            Called as nc, pg_isready, wait-for-it.sh, wait-for or dockerize, it has their options, messages and exit codes.

            Exit codes: 0 all is there, or the program's own; 1 it is not, in time; 2 the words make no sense; 126 and 127
            the program cannot be run, or is not there; 128+N signal N came.
            """,
        arguments: [.init("TARGET", .any, help: "what to wait for")],
        options: WaitOptions.specs
    )
}
