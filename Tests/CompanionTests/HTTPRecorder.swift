import Foundation
import TestKit

/// A server that writes down what it is asked, a line for each request, and answers 200.
final class HTTPRecorder {
    let port: UInt16
    private let folder: TemporaryDirectory
    private let program: TestProgram

    init() async throws {
        folder = try TemporaryDirectory()
        port = try FreePort.find()
        let script = """
            import sys
            from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
            class Handler(BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                def do_POST(self):
                    length = self.headers.get("content-length")
                    body = self.rfile.read(int(length or 0))
                    with open(sys.argv[2], "ab") as log:
                        log.write(("%s %s %s %s connection=%s real=%s traceparent=%s " % (
                            self.command, self.path, self.headers.get("host"),
                            self.request_version, self.headers.get("connection"),
                            self.headers.get("x-real-ip"),
                            self.headers.get("traceparent"))).encode() + body + b"\\n")
                    self.send_response(200)
                    self.send_header("content-length", "0")
                    self.end_headers()
                do_GET = do_POST
                def log_message(self, *words): pass
            ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
            """
        let path = try folder.write(script, to: "recorder.py")
        program = try TestProgram("python3", [path, "\(port)", folder.file("log")])
        let url = "http://127.0.0.1:\(port)/"
        try await eventually(within: .seconds(20), "the recorder answers") {
            try await EndToEnd.get(url).code == 200
        }
        try folder.write("", to: "log")
    }

    /// All that was asked.
    func text() throws -> String {
        try String(contentsOfFile: folder.file("log"), encoding: .utf8)
    }
}
