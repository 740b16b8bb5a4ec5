import Formats
import Reactor
import Records
import Testing

@testable import LogPipeline

@Suite("Bodies of requests") struct RequestBodyTests {
    private static func read(
        _ body: String,
        _ form: RequestBody.Form
    ) throws(RequestBody.Mistake) -> [Fields] {
        try RequestBody.records(Array(body.utf8), form: form, key: "message")
    }

    static let bodies: [(String, RequestBody.Form, [Fields])] = [
        (#"{"a":1}"#, .json, [["a": .integer(1)]]),
        (#"[{"a":1},{"a":2}]"#, .json, [["a": .integer(1)], ["a": .integer(2)]]),
        (#"{"a":1} {"a":2}"#, .json, [["a": .integer(1)], ["a": .integer(2)]]),
        ("[]", .json, []),
        ("", .json, []),
        ("{\"a\":1}\r\n\n{\"a\":2}\n", .lines, [["a": .integer(1)], ["a": .integer(2)]]),
        ("one\ntwo\n", .text, [["message": .text("one")], ["message": .text("two")]]),
        ("a=1&b=x+y%21&c", .form, [["a": .text("1"), "b": .text("x y!")]]),
        ("a=%+f%-0%4", .form, [["a": .text("% f%-0%4")]]),
    ]

    @Test(arguments: bodies)
    func `records are read`(_ body: String, _ form: RequestBody.Form, _ records: [Fields]) throws {
        #expect(try Self.read(body, form) == records)
    }

    @Test(arguments: [
        ("{", RequestBody.Form.json), ("3", .json), (#"[{"a":1},2]"#, .json),
        ("{\"a\":1}\nnonsense\n", .lines), ("=1", .form),
    ])
    func `what is half wrong is refused as a whole`(_ body: String, _ form: RequestBody.Form) {
        #expect(throws: RequestBody.Mistake.self) { try Self.read(body, form) }
    }

    @Test(
        arguments: [
            (nil, "application/json; charset=utf-8", RequestBody.Form.json),
            (nil, "application/x-ndjson", .lines), (nil, "Text/Plain", .text), (nil, nil, .json),
            (nil, "application/x-www-form-urlencoded", .form), ("ndjson", "text/plain", .lines),
            ("text", "application/json", .text),
        ] as [(String?, String?, RequestBody.Form)]
    )
    func `the type tells the form, unless a setting does`(
        _ setting: String?,
        _ type: String?,
        _ form: RequestBody.Form
    ) {
        #expect(RequestBody.form(setting: setting, type: type) == form)
    }

    @Test(arguments: ["gzip", "deflate", "zstd", "identity"])
    func `bodies are unpacked up to the limit`(_ coding: String) throws {
        let plain = [UInt8](repeating: 0x61, count: 5000)
        let packed =
            switch coding {
            case "gzip": Gzip.encode(plain.span)
            case "deflate": Zlib.encode(plain.span)
            case "zstd": Zstd.encode(plain.span)
            default: plain
            }
        #expect(try RequestBody.unpacked(packed, coding: coding, limit: 5000) == plain)
        guard coding != "identity" else { return }
        #expect(throws: RequestBody.Mistake.self) {
            try RequestBody.unpacked(packed, coding: coding, limit: 4999)
        }
    }

    @Test func `an unknown coding is refused`() {
        #expect(throws: RequestBody.Mistake.self) {
            try RequestBody.unpacked([], coding: "br", limit: 10)
        }
    }

    @Test @MainLoop func `a path is a tag as in Fluent Bit`() {
        #expect(HTTPSource.tag("/app.log") == "app.log")
        #expect(HTTPSource.tag("/a/b-c") == "a_b_c")
        #expect(HTTPSource.tag("/") == nil)
    }
}
