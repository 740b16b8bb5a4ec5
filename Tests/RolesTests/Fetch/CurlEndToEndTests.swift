import Basics
import HTTP
import Reactor
import System
import TestKit
import Testing

@testable import Roles

/// Each case is run by curl itself first: exit code, output and files must be the same here.
@Suite("curl and its stand-in", .serialized) struct CurlEndToEndTests {
    /// What a run has left behind.
    struct Result: Equatable {
        var code: Int32
        var output: String
        var files: [String: String]
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var words: [String]
        /// The first words of curl's message, as far as they are the same.
        var message = ""

        init(_ line: String, _ message: String = "") {
            words = line.split(separator: " ").map(String.init)
            self.message = message
        }

        var testDescription: String { words.joined(separator: " ") }
    }

    static let cases = [
        Case("-sS U/ok"), Case("-sSo f U/ok"),
        Case("-fsSL U/404 -o f", "curl: (22) The requested URL"),
        Case("-s -o f U/404"), Case("-f -sS -o f U/403", "curl: (22) The requested URL"),
        Case("-sS -O U/name.txt"), Case("-sSL U/redirect"), Case("-sS U/redirect"),
        Case("-sSL --max-redirs 3 U/loop", "curl: (47) Maximum (3) redirects followed"),
        Case(
            "-sS -w %{http_code}:%{size_download}:%{num_redirects}:%{content_type}\\n -L -o f U/redirect"
        ),
        Case(
            "-sS -w %{http_code} -o f http://127.0.0.1:1/",
            "curl: (7) Failed to connect to 127.0.0.1"
        ),
        Case("-sS http://no.such.host.invalid/", "curl: (6) Could not resolve host: no.such"),
        Case("-sS -o /nodir/x U/ok", "curl: (23) Fail"),
        Case("--bogus U/ok", "curl: option --bogus: is"),
        Case("-sS ftp2://x", "curl: (1) Protocol \"ftp2\" not supported"),
        Case("-sS -d a=1 --data b=2 U/echo"), Case("-sS -G -d a=1 -d b=2 U/echo"),
        Case("-sS --data-raw @x U/echo"), Case("-sS -d @data U/echo"),
        Case("-sS --data-binary @data U/echo"), Case("-sS -X DELETE U/echo"),
        Case("-sS -u us:pw U/echo"), Case("-sS -H X-A:b -H Accept: -A agent -e ref -b c=d U/echo"),
        Case("-sS -T data U/echo"), Case("-sS -T /nofile U/x", "curl: (26) Failed to open/read"),
        Case("-sS -o d/e/f --create-dirs U/ok"),
        Case("-sS --fail-with-body -o f U/404", "curl: (22) The"),
        Case("-sS -m 1 U/slow", "curl: (28) Operation timed out"), Case("-sS --compressed U/gzip"),
        Case("-sS -OJ U/disposition"), Case("-sS --output-dir out --create-dirs -o g U/ok"),
        Case("-sS -f U/404 U/ok", "curl: (22)"), Case("-sSf --fail-early U/404 U/ok", "curl: (22)"),
        Case("-sS -C - -o part U/range"), Case("-sS --retry 2 --retry-delay 1 -o f U/busy"),
        Case("-sS --resolve some.host:PORT:127.0.0.1 http://some.host:PORT/ok"),
        Case("-sS -I U/ok -o f -w %{http_code}"),
        Case("-sS U/cut", "curl: (18) transfer closed with"),
        Case("-sSL --max-redirs 0 U/redirect", "curl: (47) Maximum (0) redirects followed"),
        Case("-sS --proto =https U/ok", "curl: (1) Protocol \"http\" not supported"),
        Case("-sS --proto -all,http U/ok"), Case("-sS --proto =http,https U/ok"),
        Case("-sSL --proto-redir =https U/redirect", "curl: (1) Protocol \"http\" not supported"),
        Case("-sS --data-urlencode a=b+c&d/é U/echo"), Case("-sS --data-urlencode =x/y U/echo"),
        Case("-sS --data-urlencode name@data U/echo"), Case("-sS --data-urlencode @data U/echo"),
        Case("-sSf --remove-on-error -o f U/404", "curl: (22)"), Case("-sS --http2 U/ok"),
        Case("-sSL -d a=1 U/redirect-post"), Case("-sSL -X POST -d a=1 U/redirect-post"),
    ]

    /// A server as all of the cases need it; in a process of its own, since curl and this one wait.
    static let server = """
        import http.server,sys,gzip,time
        busy=[0]
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version='HTTP/1.1'
            def say(s,code,body=b'',**h):
                s.send_response_only(code)
                for k,v in h.items(): s.send_header(k.replace('_','-'),v)
                s.send_header('Content-Length',str(len(body))); s.send_header('Connection','close'); s.end_headers()
                if s.command!='HEAD': s.wfile.write(body)
                s.close_connection=True
            def any(s):
                n=int(s.headers.get('Content-Length') or 0); data=s.rfile.read(n); p=s.path.split('?')[0]
                if p in('/ok','/name.txt'): s.say(200,b'fine\\n',Content_Type='text/plain')
                elif p=='/403': s.say(403,b'no\\n')
                elif p=='/redirect': s.say(302,b'moved\\n',Location='/ok')
                elif p=='/redirect-post': s.say(302,b'',Location='/echo')
                elif p=='/loop': s.say(302,b'',Location='/loop')
                elif p=='/gzip': s.say(200,gzip.compress(b'unpacked\\n'),Content_Encoding='gzip')
                elif p=='/disposition': s.say(200,b'd\\n',Content_Disposition='attachment; filename="told.txt"')
                elif p=='/slow': time.sleep(5)
                elif p=='/busy':
                    busy[0]+=1
                    if busy[0]%2: s.say(503,b'busy\\n')
                    else: s.say(200,b'now\\n')
                elif p=='/range':
                    r=s.headers.get('Range'); body=b'0123456789'
                    if r:
                        a=int(r[6:].split('-')[0]); s.say(206,body[a:],Content_Range='bytes %d-9/10'%a)
                    else: s.say(200,body)
                elif p=='/cut':
                    s.send_response_only(200); s.send_header('Content-Length','100'); s.end_headers()
                    s.wfile.write(b'half'); s.close_connection=True
                elif p=='/echo' or p=='/x':
                    keys=('X-A','User-Agent','Referer','Cookie','Authorization','Content-Type','Accept')
                    h=''.join('%s=%s\\n'%(k,s.headers.get(k)) for k in keys if not (k=='User-Agent' and 'url' in s.headers.get(k,'')))
                    s.say(200,('%s %s\\n%s'%(s.command,s.path,h)).encode()+data)
                else: s.say(404,b'nothing here\\n')
            do_GET=do_POST=do_PUT=do_DELETE=do_HEAD=any
            def log_message(s,*a): pass
        class S(http.server.ThreadingHTTPServer):
            daemon_threads=True
        S(('127.0.0.1',int(sys.argv[1])),H).serve_forever()
        """

    @Test @MainLoop func `exit codes, output and files are curl's own`() async throws {
        let folder = try TemporaryDirectory()
        let script = try folder.write(Self.server, to: "server.py")
        let port = try FreePort.find()
        let server = try TestProgram("python3", [script, "\(port)"])
        try await eventually(within: .seconds(10), "the server") {
            try await TestProgram.run("curl", ["-s", "http://127.0.0.1:\(port)/ok"]).succeeded
        }
        for (index, example) in Self.cases.enumerated() {
            func words(_ place: String) -> [String] {
                example.words.map { word in
                    var word = word.replacing("U/", with: "http://127.0.0.1:\(port)/")
                        .replacing("PORT", with: "\(port)")
                    // Files are named from the place of the run.
                    if ["f", "d/e/f", "out", "part"].contains(word) { word = place + "/" + word }
                    if ["data", "@data", "name@data"].contains(word) {
                        word = word.replacing("data", with: place + "/data")
                    }
                    return word
                }
            }
            func place(_ name: String) throws -> String {
                let path = folder.file("\(index)-\(name)")
                try Files.makeDirectories(path)
                try Files.write(path + "/data", "line\nline 2\n")
                try Files.write(path + "/part", "0123")
                return path
            }
            let theirs = try place("curl")
            let real = try await TestProgram.run(
                "curl",
                words(theirs).map { $0 == "out" ? theirs + "/out" : $0 },
                directory: theirs
            )
            let ours = try place("own")
            var output: [UInt8] = []
            var notes: [String] = []
            var own = words(ours)
            // `-O` writes where the process is, which is not this place.
            if own.contains(where: { $0 == "-O" || $0 == "-OJ" }) { own += ["--output-dir", ours] }
            var voice = TransferVoice()
            voice.output = { (bytes: [UInt8]) -> Bool in
                output += bytes
                return true
            }
            voice.note = { notes.append($0) }
            let code = await CurlProgram.run(own, environment: [:], voice)
            let name = "\(example.testDescription)"
            #expect(code == real.code, "\(name): \(notes) \(real.errors)")
            let text = String(decoding: output, as: UTF8.self).replacing(ours, with: theirs)
            #expect(text == real.output, "\(name)")
            // A transfer that is cut leaves a part with curl, and nothing here.
            if code != 18 { #expect(try Self.files(ours) == Self.files(theirs), "\(name)") }
            if !example.message.isEmpty {
                #expect(notes.contains { $0.hasPrefix(example.message) }, "\(name): \(notes)")
                #expect(real.errors.contains(example.message), "\(name): \(real.errors)")
            }
        }
        _ = server
    }

    private static func files(_ path: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for (file, _) in DirectoryContents(path, isRecursive: true).files {
            // Dates and the like of heads are not compared.
            found[String(file.dropFirst(path.count))] = try Files.text(file)
        }
        return found
    }

    @Test @MainLoop func `a body of 404 that is saved is warned about`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        var notes: [String] = []
        var voice = TransferVoice()
        voice.note = { notes.append($0) }
        let code = await CurlProgram.run(
            ["-s", "-o", folder.file("f"), server.url("/nothing")],
            environment: [:],
            voice
        )
        #expect(code == 0)
        #expect(try folder.text(of: "f") == "there is no such page\n")
        #expect(notes.count == 1 && notes[0].contains("the server answered 404"))
    }

    @Test @MainLoop func `wget gets files and keeps its exit codes`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/a.txt", .init(200, "content", ["ETag": "\"1\""]))
        func run(_ words: String...) async -> (Int32, [String]) {
            var notes: [String] = []
            var voice = TransferVoice()
            voice.note = { notes.append($0) }
            let code = await WgetProgram.run(words, voice)
            return (code, notes)
        }
        #expect(await run("-q", "-P", folder.file("d"), server.url("/a.txt")) == (0, []))
        #expect(try folder.text(of: "d/a.txt") == "content")
        #expect(await run("-q", "--spider", server.url("/a.txt")).0 == 0)
        let (code, notes) = await run("-O", folder.file("x"), server.url("/none"))
        #expect(code == 8)
        #expect(notes[0].contains("server returned error: HTTP/1.1 404"))
        #expect(await run("-q", "-O", folder.file("x"), "http://127.0.0.1:1/").0 == 4)
        #expect(!Files.exists(folder.file("x")))
        try folder.write("con", to: "part")
        #expect(await run("-q", "-c", "-O", folder.file("part"), server.url("/a.txt")).0 == 0)
        #expect(try folder.text(of: "part") == "content")
    }
}
