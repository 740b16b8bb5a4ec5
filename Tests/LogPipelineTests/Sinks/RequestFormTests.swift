import Basics
import Formats
import Reactor
import Records
import Testing

@testable import LogPipeline

@Suite("Requests of the other sinks") @MainLoop struct RequestFormTests {
    static let moment = Moment(instant: .zero, wall: Timestamp(seconds: 1_700_000_000))

    static func load<Form: RequestForm>(
        _ form: inout Form,
        _ records: [Fields],
        seconds: Int64 = 1_700_000_000,
        tag: String = "app.web"
    ) -> (load: RecordLoad, partition: [UInt8]) {
        let lots = TestLots()
        var load = RecordLoad()
        var partition: [UInt8] = []
        for fields in records {
            var event = lots.event(.fields(fields), time: Timestamp(seconds: seconds), tag: tag)
            partition = form.partition(of: &event)
            _ = form.append(&event, at: moment, to: &load.bytes)
            load.seal(event.receipt, time: event.time)
        }
        return (load, partition)
    }

    static let two: [Fields] = [["a": .integer(1)], ["a": .integer(2)]]

    @Test(arguments: [
        (HTTPSinkSettings.Framing.list, #"[{"a":1},{"a":2}]"#, "application/json"),
        (.lines, "{\"a\":1}\n{\"a\":2}\n", "application/x-ndjson"),
        (.stream, #"{"a":1}{"a":2}"#, "application/json"),
    ])
    func `HTTP bodies are framed`(
        _ framing: HTTPSinkSettings.Framing,
        _ expected: String,
        _ type: String
    ) {
        var settings = HTTPSinkSettings(request: RequestSettings(endpoints: []))
        settings.framing = framing
        settings.tagHeader = "X-Tag"
        var form = HTTPForm(settings)
        let (load, partition) = Self.load(&form, Self.two)
        let call = form.call(load, partition: partition, at: Self.moment)
        #expect(String(decoding: call.body, as: UTF8.self) == expected)
        #expect(call.headers.map(\.1) == [type, "app.web"])
        let last = form.document(load[1], in: load.bytes)
        #expect(String(decoding: load.bytes[last], as: UTF8.self) == #"{"a":2}"#)
    }

    @Test(arguments: [
        (200, "delivered"), (204, "delivered"), (408, "retry"), (429, "retry"), (500, "retry"),
        (503, "retry"), (400, "reject"), (404, "reject"), (501, "reject"), (413, "split"),
        (301, "retry"),
    ])
    func `HTTP statuses are judged`(_ status: Int, _ expected: String) {
        let form = HTTPForm(HTTPSinkSettings(request: RequestSettings(endpoints: [])))
        let answer = form.judge(HTTPReply(status: status), count: 1)
        if case .failed(let setback) = answer {
            #expect("\(setback.remedy)" == expected && setback.code == status)
        } else {
            #expect(answer == .delivered && expected == "delivered")
        }
    }

    @Test func `MessagePack is a map, and over HTTP a pair as Fluent Bit sends it`() {
        var encoding = Encoding(.messagePack)
        encoding.timeKey = "t"
        encoding.timeFormat = "epoch"
        var encoder = RecordEncoder(encoding)
        var event = TestLots().event(.fields(["a": .integer(1)]), time: Timestamp(seconds: 5))
        var output: [UInt8] = []
        encoder.append(&event, to: &output)
        #expect(output == [0x82, 0xA1, 0x74, 5, 0xA1, 0x61, 1])
        var settings = HTTPSinkSettings(request: RequestSettings(endpoints: []))
        settings.encoding = Encoding(.messagePack)
        var form = HTTPForm(settings)
        let (load, _) = Self.load(&form, [["a": .integer(1)]], seconds: 5)
        #expect(
            load.bytes.prefix(2) == [0x92, 0xD7] && load.bytes.suffix(4) == [0x81, 0xA1, 0x61, 1]
        )
    }

    @Test func `Loki's entries are put into streams`() throws {
        var settings = LokiSettings(request: RequestSettings(endpoints: []))
        settings.labels = ["job": "x", "app": "{{ app }}", "none": "{{ gone }}"]
        settings.labelKeys = ["$k['name']"]
        settings.metadata = ["id": "$id"]
        settings.removed = ["app", "$id", "$k"]
        settings.tenant = "{{ app }}"
        var form = LokiForm(settings)
        let (load, partition) = Self.load(
            &form,
            [
                ["app": .text("a"), "k": .object(["name": .text("\"q\"")]), "m": .text("1\n")],
                ["app": .text("b"), "id": .integer(5), "m": .text("2")],
                ["app": .text("a"), "k": .object(["name": .text("\"q\"")]), "m": .text("3")],
            ]
        )
        #expect(partition == Array("a".utf8))
        let call = form.call(load, partition: partition, at: Self.moment)
        let expected = """
            {"streams":[{"stream":{"app":"a","job":"x","k_name":"\\"q\\""},"values":[\
            ["1700000000000000000","{\\"m\\":\\"1\\\\n\\"}",{}],\
            ["1700000000000000000","{\\"m\\":\\"3\\"}",{}]]},\
            {"stream":{"app":"b","job":"x"},"values":[["1700000000000000000","{\\"m\\":\\"2\\"}",{"id":"5"}]]}]}
            """
        #expect(String(decoding: call.body, as: UTF8.self) == expected)
        #expect(call.headers.contains { $0 == ("X-Scope-OrgID", "a") })
        _ = try JSON.parse(call.body)
    }

    @Test func `a lone field is Loki's line, and there is always a label`() {
        var settings = LokiSettings(request: RequestSettings(endpoints: []))
        settings.dropsSingleKey = true
        var form = LokiForm(settings)
        let (load, _) = Self.load(&form, [["log": .text("plain \"text\"")]])
        #expect(
            String(decoding: load.bytes, as: UTF8.self)
                == "{\"source\":\"companion\"}\n[\"1700000000000000000\",\"plain \\\"text\\\"\"]"
        )
        #expect(LokiForm.name("app.kubernetes.io/name") == "app_kubernetes_io_name")
        #expect(LokiForm.name("9lives") == "_9lives")
    }

    static func object(
        _ key: String,
        _ records: [Fields] = two,
        seconds: Int64 = 1_700_000_000,
        _ change: (inout S3Settings) -> Void = { _ in }
    ) -> (call: HTTPCall, partition: String) {
        var settings = S3Settings(bucket: "b", region: "eu-west-1", keyFormat: key)
        change(&settings)
        var form = S3Form(settings, run: 7)
        let (load, partition) = load(&form, records, seconds: seconds)
        let first = form.call(load, partition: partition, at: moment)
        let again = form.call(load, partition: partition, at: moment)
        #expect(first.path == again.path, "every attempt writes the same object")
        return (first, String(decoding: partition, as: UTF8.self))
    }

    @Test func `objects have names by tag, time and fields`() {
        #expect(Self.object("/logs/$TAG/%Y/%m/%d/$INDEX").call.path == "/logs/app.web/2023/11/14/0")
        #expect(Self.object("d=%F/{{ a }}-$INDEX").call.path == "/d%3D2023-11-14/2-0")
        let timed = Self.object("x/%H%M%S-$UUID.gz")
        #expect(timed.call.path.hasPrefix("/x/221320-") && timed.call.path.hasSuffix(".gz"))
        // Times down to the second do not part records.
        #expect(
            timed.partition == Self.object("x/%H%M%S-$UUID.gz", seconds: 1_700_009_999).partition
        )
        #expect(
            Self.object("x/%F").partition != Self.object("x/%F", seconds: 1_700_999_999).partition
        )
        let plain = Self.object("always").call.path
        #expect(plain.hasPrefix("/always-") && plain.utf8.count == 16)
        #expect(Self.object("a", [["a": .null]]).call.path != plain)
    }

    @Test func `objects go to the bucket's host, or below it`() {
        let settings = S3Settings(bucket: "b", region: "eu-west-1", keyFormat: "k")
        #expect(S3Form.endpoint(settings).host == "b.s3.eu-west-1.amazonaws.com")
        let dotted = S3Settings(bucket: "a.b", region: "eu-west-1", keyFormat: "k")
        #expect(S3Form.endpoint(dotted).host == "s3.eu-west-1.amazonaws.com")
        let own = Self.object("k$INDEX") {
            $0.endpoint = EndpointSettings(host: "minio", port: 9000)
            $0.storageClass = "GLACIER"
        }
        #expect(own.call.path == "/b/k0" && own.call.method == "PUT")
        #expect(own.call.headers.contains { $0 == ("X-Amz-Storage-Class", "GLACIER") })
        var call = HTTPCall(path: "", body: Array("abc".utf8))
        S3Form(settings, run: 1).seal(&call)
        #expect(call.headers[0].1 == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    }

    @Test func `endpoints take turns, and failing ones are left alone`() {
        var pool = EndpointPool(count: 3)
        #expect((0..<4).map { _ in pool.choose(at: at(0)) } == [0, 1, 2, 0])
        pool.failed(1, at: at(0))
        #expect((0..<4).map { _ in pool.choose(at: at(0.5)) } == [2, 0, 2, 0])
        #expect((0..<3).map { _ in pool.choose(at: at(1)) } == [1, 2, 0])
        pool.failed(1, at: at(1))
        pool.failed(0, at: at(1))
        pool.failed(2, at: at(2))
        // All rest: the one whose rest ends first.
        #expect(pool.choose(at: at(1.5)) == 0)
        pool.succeeded(2)
        #expect(pool.choose(at: at(1.5)) == 2)
        var none = EndpointPool(count: 0)
        #expect(none.choose(at: at(0)) == nil)
    }
}

/// What the settings say besides.
extension RequestFormTests {
    private static func s3(_ change: (inout S3Settings) -> Void) -> (HTTPCall, RecordLoad) {
        var settings = S3Settings(bucket: "b", region: "r", keyFormat: "$TAG[1]/$UUID")
        change(&settings)
        var form = S3Form(settings, run: 1)
        let (load, partition) = load(&form, two, tag: "app-web.eu")
        return (form.call(load, partition: partition, at: moment), load)
    }

    @Test func `S3's objects may be one list, with the key that encrypts them`() {
        let (call, _) = Self.s3 {
            $0.isList = true
            $0.serverSideEncryption = "aws:kms"
            $0.encryptionKey = "key-1"
        }
        #expect(String(decoding: call.body, as: UTF8.self) == #"[{"a":1},{"a":2}]"#)
        let headers = Dictionary(call.headers, uniquingKeysWith: { first, _ in first })
        #expect(headers["Content-Type"] == "application/json")
        #expect(headers["X-Amz-Server-Side-Encryption"] == "aws:kms")
        #expect(headers["X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"] == "key-1")
    }

    @Test(arguments: [(".", "/eu/"), (".-", "/web/"), ("-", "/web.eu/")])
    func `S3's names take tags apart at the characters that are named`(
        _ delimiters: String,
        _ start: String
    ) {
        let (call, _) = Self.s3 { $0.tagDelimiters = delimiters }
        #expect(call.path.hasPrefix(start))
    }

    @Test func `all members of a map become Loki's labels`() {
        var settings = LokiSettings(request: RequestSettings(endpoints: []))
        settings.labels = ["job": "x"]
        settings.labelsOf = "$kubernetes['labels']"
        var form = LokiForm(settings)
        let labels: Fields = ["app.io/name": .text("web"), "tier": .text("front")]
        let record: Fields = ["kubernetes": .object(["labels": .object(labels)])]
        let (load, _) = Self.load(&form, [record])
        let text = String(decoding: load.bytes, as: UTF8.self)
        #expect(text.hasPrefix(#"{"job":"x","app_io_name":"web","tier":"front"}"#))
    }
}
