import HTTP
import Reactor
import System
import TestKit
import Testing

@testable import Roles

/// Each script is run by the real shell with the real curl first: exit code, output and files must be the same here.
@Suite("Scripts of curl and their stand-in", .serialized) struct FetchScriptEndToEndTests {
    @Test(arguments: [
        "curl -sS -o D/a U/ok\ncurl -sS -o D/b U/nothing\n",
        "curl -sSf -o D/a U/nothing; curl -sS -o D/b U/ok; echo done",
        "set -e; curl -sSf -o D/a U/nothing; curl -sS -o D/b U/ok",
        "set -e; curl -sSf U/nothing && echo no; echo \"$WHO came\"",
        "curl -sSf U/nothing && echo no", "curl -s U/ok > D/c && echo good && exit 4",
        "for i in 1 2; do curl -sf U/nothing || echo again; done; [ \"$(curl -s U/ok)\" = fine ] && echo fine",
        "code=$(curl -s -o /dev/null -w '%{http_code}' U/nothing); echo $code; [ $code = 200 ] || exit 3",
        "n=0; until curl -sf U/ok | grep -q fine; do n=$((n+1)); [ $n -gt 3 ] && exit 1; done; echo $n",
        "wget -q -O D/a U/ok && echo got",
        "wget -q -O- U/ok | tr a-z A-Z; curl -s U/ok | grep -c fine",
    ])
    @MainLoop func `a script does what it does with a shell`(_ script: String) async throws {
        let server = try FetchServer()
        server.serve("/ok", FetchServer.Page(200, "fine\n"))
        func run(
            _ name: String,
            _ body: (String) async throws -> (Int32, String)
        ) async throws -> (code: Int32, output: String, files: [String: String]) {
            let folder = try TemporaryDirectory()
            let base = server.url("/")
            let line = script.replacing("U/", with: base).replacing("D/", with: folder.file(""))
            let (code, output) = try await body(line)
            var files: [String: String] = [:]
            for file in ["a", "b", "c"] { files[file] = try? Files.text(folder.file(file)) }
            return (code, output, files)
        }
        let real = try await run("sh") { line in
            let words = ["-c", line]
            let result = try await TestProgram.run("sh", words, environment: ["WHO": "nobody"])
            return (result.code, result.output)
        }
        let own = try await run("own") { line in
            var output = ""
            let voice = WaitStandIn.Voice {
                output += $0
            } errors: { _ in
            }
            let ending = try await ShellRun.run(
                ["sh", "-c", line],
                ["WHO": "nobody"],
                isCheck: false,
                voice
            )
            guard case .code(let code) = ending else { return (-1, "") }
            return (code, output)
        }
        #expect(own.code == real.code && own.output == real.output && own.files == real.files)
    }

    @Test @MainLoop func `a script that is not understood is refused as a whole`() async throws {
        var notes: [String] = []
        let voice = WaitStandIn.Voice { _ in
        } errors: {
            notes.append($0)
        }
        let ending = try await ShellRun.run(
            ["sh", "-c", "curl -o /a http://b\njq . /a"],
            [:],
            isCheck: false,
            role: "fetch",
            voice
        )
        #expect(ending == .code(2))
        #expect(notes.count == 1 && notes[0].contains("command:2:1") && notes[0].contains("\"jq\""))
    }
}
