import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

@Suite("Bulk requests") @MainLoop struct ElasticsearchFormTests {
    static let record: Fields = [
        "log": .text("hi"), "app": .text("web"), "n": .integer(7),
        "k.8": .object(["x.y": .integer(1)]),
    ]

    static func write(
        _ body: Body = .fields(record),
        index: String = "logs",
        _ change: (inout ElasticsearchSettings) -> Void = { _ in }
    ) -> (text: String, refusal: String?) {
        var settings = ElasticsearchSettings(request: RequestSettings(endpoints: []), index: index)
        change(&settings)
        var form = ElasticsearchForm(settings)
        var event = TestLots().event(body)
        var bytes: [UInt8] = []
        let moment = Moment(instant: .zero, wall: Timestamp(seconds: 1_600_000_000))
        let refusal = form.append(&event, at: moment, to: &bytes)
        return (String(decoding: bytes, as: UTF8.self), refusal)
    }

    static let document =
        #"{"@timestamp":"2023-11-14T22:13:20.123Z","log":"hi","app":"web","n":7,"k.8":{"x.y":1}}"#

    @Test func `look as Fluent Bit's`() {
        let text = Self.write(index: "logstash-%Y.%m.%d") { $0.type = "_doc" }.text
        #expect(
            text
                == "{\"create\":{\"_index\":\"logstash-2023.11.14\",\"_type\":\"_doc\"}}\n"
                + Self.document + "\n"
        )
    }

    @Test(arguments: [
        ("create", #"{"create":{"_index":"logs","_id":"7"}}"#, "D"),
        ("index", #"{"index":{"_index":"logs","_id":"7"}}"#, "D"),
        ("update", #"{"update":{"_index":"logs","_id":"7"}}"#, #"{"doc":D}"#),
        ("upsert", #"{"update":{"_index":"logs","_id":"7"}}"#, #"{"doc_as_upsert":true,"doc":D}"#),
    ])
    func `have the action that is asked for`(_ action: String, _ line: String, _ body: String) {
        let text = Self.write {
            $0.action = action
            $0.idKey = "n"
        }.text
        #expect(text == line + "\n" + body.replacing("D", with: Self.document) + "\n")
    }

    @Test func `name indices by fields`() {
        #expect(
            Self.write(index: "x-{{ app }}-%y").text.hasPrefix(#"{"create":{"_index":"x-web-23"}}"#)
        )
        #expect(Self.write(index: "$app").text.hasPrefix(#"{"create":{"_index":"web"}}"#))
        let prefixed = Self.write(index: "else") {
            $0.prefixKey = "$app"
            $0.prefixSuffix = "-%Y.%m.%d"
        }
        #expect(prefixed.text.hasPrefix(#"{"create":{"_index":"web-2023.11.14"}}"#))
        let fallback = Self.write(index: "else-%Y") { $0.prefixKey = "$gone" }
        #expect(fallback.text.hasPrefix(#"{"create":{"_index":"else-2023"}}"#))
        let refused = Self.write(index: "{{ gone.a }}")
        #expect(refused.refusal == "the index's name needs the field gone.a, which is missing")
        let current = Self.write(index: "%Y") { $0.usesCurrentTime = true }
        #expect(current.text.hasPrefix(#"{"create":{"_index":"2020"}}"#))
    }

    @Test func `carry routing, and lose the number's field and dots`() {
        let text = Self.write {
            $0.idKey = "$app"
            $0.removesIDKey = true
            $0.routingKey = "n"
            $0.replacesDots = true
            $0.timeKey = nil
        }.text
        #expect(
            text == "{\"create\":{\"_index\":\"logs\",\"_id\":\"web\",\"routing\":\"7\"}}\n"
                + "{\"log\":\"hi\",\"n\":7,\"k_8\":{\"x_y\":1}}\n"
        )
    }

    @Test func `refuse an update without a number`() {
        #expect(Self.write { $0.action = "update" }.refusal != nil)
    }

    @Test func `keep the record's own time, or do not`() {
        let own: Fields = ["@timestamp": .text("own"), "a": .integer(1)]
        #expect(Self.write(.fields(own)).text.hasSuffix("\n{\"@timestamp\":\"own\",\"a\":1}\n"))
        let other = Self.write(.fields(own)) { $0.keepsOwnTime = false }.text
        #expect(other.hasSuffix("\n{\"@timestamp\":\"2023-11-14T22:13:20.123Z\",\"a\":1}\n"))
        let raw = TestLots().raw(#"{"@timestamp":"own","a":1}"#)
        #expect(Self.write(raw.body).text.hasSuffix("\n{\"@timestamp\":\"own\",\"a\":1}\n"))
        let inner = TestLots().raw(#"{"a":{"@timestamp":"in"}}"#)
        #expect(
            Self.write(inner.body).text.hasSuffix(
                "\n{\"@timestamp\":\"2023-11-14T22:13:20.123Z\",\"a\":{\"@timestamp\":\"in\"}}\n"
            )
        )
    }

    @Test func `an object of several lines becomes one`() {
        let raw = TestLots().raw("{\n \"a\": 1,\r\n\t\"b\": \"x\"\n}")
        #expect(Self.write(raw.body) { $0.timeKey = nil }.text.split(separator: "\n").count == 2)
    }

    @Test func `numbers are made from what a document says, as Fluent Bit does`() {
        // MurmurHash3 x64 128 of the reference implementation.
        let hash = Murmur3.hash(
            Array("The quick brown fox jumps over the lazy dog".utf8).span,
            seed: 0
        )
        #expect(hash.0 == 0xe34b_bc7b_bc07_1b6c && hash.1 == 0x7a43_3ca9_c49a_9347)
        let first = Self.write { $0.generatesID = true }.text
        let second = Self.write { $0.generatesID = true }.text
        let other = Self.write(.fields(["a": .null])) { $0.generatesID = true }.text
        #expect(
            first == second && first.split(separator: "\n")[0] != other.split(separator: "\n")[0]
        )
    }

    @Test func `a dead letter is the document alone`() {
        let form = ElasticsearchForm(
            ElasticsearchSettings(request: RequestSettings(endpoints: []), index: "x")
        )
        let bytes = Array("{\"a\":{}}\n{\"b\":1}\n{\"c\":{}}\n{\"d\":2}\n".utf8)
        let range = form.document(17..<bytes.count, in: bytes)
        #expect(String(decoding: bytes[range], as: UTF8.self) == "{\"d\":2}")
    }

    @Test(arguments: [
        (200, "{}", "retry"), (200, #"{"errors":false,"items":[]}"#, "delivered"),
        (413, "", "split"),
        (400, "bad", "split"), (401, "", "retry"), (429, "", "retry"), (503, "", "retry"),
        (302, "", "retry"),
    ])
    func `whole answers are judged`(_ status: Int, _ body: String, _ expected: String) {
        let form = ElasticsearchForm(
            ElasticsearchSettings(request: RequestSettings(endpoints: []), index: "x")
        )
        let answer = form.judge(HTTPReply(status: status, body: Array(body.utf8)), count: 1)
        let shown =
            switch answer {
            case .delivered: "delivered"
            case .partly: "partly"
            case .failed(let setback): "\(setback.remedy)"
            }
        #expect(shown == expected)
    }
}

/// Data streams by a record's own fields, and what is added to requests.
extension ElasticsearchFormTests {
    private static func stream(
        _ own: Fields?,
        _ change: (inout ElasticsearchSettings) -> Void = { _ in }
    ) -> String {
        var record: Fields = ["a": .integer(1)]
        if let own { record.append("data_stream", .object(own)) }
        return write(.fields(record), index: "logs-generic-default") {
            $0.isDataStream = true
            $0.routesByFields = true
            $0.setsStreamFields = true
            $0.timeKey = nil
            change(&$0)
        }.text
    }

    @Test func `a record's own parts name its data stream`() {
        let own: Fields = ["dataset": .text("nginx"), "namespace": .text("prod-1")]
        #expect(
            Self.stream(own) == #"{"create":{"_index":"logs-nginx-prod-1"}}"# + "\n"
                + #"{"a":1,"data_stream":{"dataset":"nginx","namespace":"prod-1","type":"logs"}}"#
                + "\n"
        )
        #expect(
            Self.stream(own) { $0.routesByFields = false }
                .hasPrefix(#"{"create":{"_index":"logs-generic-default"}}"#)
        )
    }

    @Test func `a record gets the parts that it has not`() {
        #expect(
            Self.stream(nil) == #"{"create":{"_index":"logs-generic-default"}}"# + "\n"
                + #"{"a":1,"data_stream":{"type":"logs","dataset":"generic","namespace":"default"}}"#
                + "\n"
        )
        #expect(
            Self.stream(nil) { $0.setsStreamFields = false }.hasSuffix("\n{\"a\":1}\n")
        )
    }

    @Test func `requests have the parameters that are named`() {
        var settings = ElasticsearchSettings(request: RequestSettings(endpoints: []), index: "x")
        settings.query = ["refresh": "true", "a": "b c"]
        settings.pipeline = "geo"
        let form = ElasticsearchForm(settings)
        let moment = Moment(instant: .zero, wall: Timestamp(seconds: 0))
        let call = form.call(RecordLoad(), partition: [], at: moment)
        #expect(call.query.map(\.0) == ["a", "refresh", "pipeline"])
        #expect(call.query.map(\.1) == ["b c", "true", "geo"])
    }
}
