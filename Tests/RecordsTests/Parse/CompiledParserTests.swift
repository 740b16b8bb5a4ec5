import Basics
import LogFuzzSubjects
import TestKit
import Testing

@testable import Records

@Suite("Parsers") struct CompiledParserTests {
    static let now = Timestamp(seconds: 1_795_000_000)

    private static func parse(_ name: String, _ line: String) throws -> ParsedRecord? {
        let rule = try #require(ParserRules.shipped[name])
        return try CompiledParser(rule).parse(Array(line.utf8).span, receivedAt: now)
    }

    @Test(
        arguments: [
            (
                "apache",
                #"192.168.2.20 - frank [28/Jul/2006:10:27:10 -0300] "GET /cgi-bin/try/ HTTP/1.0" 200 3395"#,
                #"{"code":"200","host":"192.168.2.20","method":"GET","path":"/cgi-bin/try/","size":"3395","user":"frank"}"#,
                "2006-07-28T13:27:10Z"
            ),
            (
                "apache2",
                #"127.0.0.1 - - [28/Jul/2006:10:27:10 +0000] "POST / HTTP/1.1" 404 - "http://a/" "Mo\"zilla""#,
                #"{"agent":"Mo\\\"zilla","code":"404","host":"127.0.0.1","method":"POST","path":"/","referer":"http://a/","size":"-","user":"-"}"#,
                "2006-07-28T10:27:10Z"
            ),
            (
                "nginx",
                #"10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.1" 200 5 "-" "curl/8""#,
                #"{"agent":"curl/8","code":"200","host":"-","method":"GET","path":"/a b","referer":"-","remote":"10.0.0.1","size":"5","user":"-"}"#,
                "2000-10-10T20:55:36Z"
            ),
            (
                "apache_error",
                "[Mon Dec 06 20:29:16 2010] [error] [client 127.0.0.1] File does not exist: /x",
                #"{"client":"127.0.0.1","level":"error","message":"File does not exist: /x","time":"Dec 06 20:29:16 2010"}"#,
                nil
            ),
            (
                "docker", #"{"log":"hey\n","stream":"stdout","time":"2021-02-01T01:40:03.53412Z"}"#,
                #"{"log":"hey\n","stream":"stdout","time":"2021-02-01T01:40:03.53412Z"}"#,
                "2021-02-01T01:40:03.534120Z"
            ),
            (
                "json", #"{"a":1,"time":"28/Jul/2006:10:27:10 -0300"}"#, #"{"a":1}"#,
                "2006-07-28T13:27:10Z"
            ),
            (
                "cri", "2016-10-06T00:17:09.669794202Z stdout P log content 1",
                #"{"logtag":"P","message":"log content 1","stream":"stdout","time":"2016-10-06T00:17:09.669794202Z"}"#,
                "2016-10-06T00:17:09.669794202Z"
            ),
            (
                "syslog-rfc3164", "<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed",
                #"{"host":"mymachine","ident":"su","message":"'su root' failed","pid":"12","pri":"34","time":"Oct 11 22:14:15"}"#,
                "2026-10-11T22:14:15Z"
            ),
            (
                "syslog-rfc5424",
                #"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3"] An event"#,
                #"{"extradata":"[exampleSDID@32473 iut=\"3\"]","host":"mymachine.example.com","ident":"evntslog","message":"An event","msgid":"ID47","pid":"-","pri":"165","time":"2003-10-11T22:14:15.003Z"}"#,
                "2003-10-11T22:14:15.003Z"
            ),
            (
                "envoy",
                #"[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0" "locations" "tcp://10.0.2.1:80""#,
                #"{"authority":"locations","bytes_received":"154","bytes_sent":"0","code":"204","duration":"226","method":"POST","path":"/api/v1/locations","protocol":"HTTP/2","request_id":"cc21d9b0","response_flags":"-","start_time":"2016-04-15T20:17:00.310Z","upstream_host":"tcp://10.0.2.1:80","user_agent":"nsq2http","x_envoy_upstream_service_time":"100","x_forwarded_for":"10.0.35.28"}"#,
                "2016-04-15T20:17:00.310Z"
            ),
            (
                "kube-custom",
                "kube.var.log.containers.web-1_default_nginx-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.log",
                #"{"container_name":"nginx","docker_id":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","namespace_name":"default","pod_name":"var.log.containers.web-1","tag":"kube"}"#,
                nil
            ),
            (
                "k8s-nginx-ingress",
                #"10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 75 0.002 [default-web-80] [] 10.1.1.1:80 5 0.004 200 abc"#,
                #"{"agent":"curl","code":"200","host":"10.0.0.1","method":"GET","path":"/","proxy_upstream_name":"default-web-80","referer":"-","reg_id":"abc","request_length":"75","request_time":"0.002","size":"5","upstream_addr":"10.1.1.1:80","upstream_response_length":"5","upstream_response_time":"0.004","upstream_status":"200","user":"-"}"#,
                "2000-10-10T13:55:36Z"
            ),
            (
                "mongodb", "2017-12-18T10:58:01.123+0100 I NETWORK  [conn1] end connection 1ms",
                #"{"component":"NETWORK","context":"conn1","message":"end connection","ms":"1","severity":"I","time":"2017-12-18T10:58:01.123+0100"}"#,
                "2017-12-18T09:58:01.123Z"
            ),
        ] as [(String, String, String, String?)]
    )
    func `a parser of Fluent Bit's image reads its lines`(
        _ name: String,
        _ line: String,
        _ json: String,
        _ time: String?
    ) throws {
        let record = try #require(try Self.parse(name, line))
        #expect(record.fields.json == json)
        #expect(record.time.map { String(decoding: $0.rfc3339Short, as: UTF8.self) } == time)
    }

    @Test(arguments: ParserRules.shipped.keys.sorted())
    func `every parser that is shipped compiles and refuses other lines`(_ name: String) throws {
        let rule = try #require(ParserRules.shipped[name])
        let parser = try CompiledParser(rule)
        #expect(parser.parse([0xFF, 0x20].span, receivedAt: Self.now) == nil || name == "logfmt")
    }

    @Test func `types are given as Fluent Bit gives them`() throws {
        var rule = ParserRule(.logfmt)
        rule.types = [
            "i": "integer", "f": "float", "b": "bool", "s": "string", "h": "hex", "j": "integer",
            "a": "array:,",
        ]
        let line = "i=-12x f=1.5e2y b=FALSE s=1 h=0xff j=- a=1,2 o=3"
        let record = try CompiledParser(rule).parse(Array(line.utf8).span, receivedAt: Self.now)
        #expect(
            record?.fields.json
                == #"{"a":["1","2"],"b":false,"f":150.0,"h":255,"i":-12,"j":0,"o":"3","s":"1"}"#
        )
    }

    @Test func `a time that does not fit stays, and is told`() throws {
        var rule = ParserRule(.json)
        rule.timeKey = "time"
        rule.timeFormat = "%Y-%m-%dT%H:%M:%S.%L"
        let parser = try CompiledParser(rule)
        let broken = parser.parse(Array(#"{"time":"soon"}"#.utf8).span, receivedAt: Self.now)
        #expect(broken?.isTimeBroken == true && broken?.time == nil && broken?.fields.count == 1)
        let text = #"{"time":"2026-11-21T10:00:00"}"#
        let whole = parser.parse(Array(text.utf8).span, receivedAt: Self.now)
        #expect(whole?.time == Timestamp(seconds: 1_795_255_200) && whole?.fields.isEmpty == true)
        let none = parser.parse(Array(#"{"a":1}"#.utf8).span, receivedAt: Self.now)
        #expect(none?.isTimeBroken == false && none?.time == nil)
        #expect(parser.parse(Array("[1]".utf8).span, receivedAt: Self.now) == nil)
    }

    @Test(
        arguments: [
            (false, "json", "", #"{"log":"{\"a\":1}"}"#, #"{"a":1,"log":"{\"a\":1}"}"#),
            (true, "json", "", #"{"log":"{\"a\":1}"}"#, #"{"log":{"a":1}}"#),
            (true, "json", "", #"{"log":"{\\\"a\\\":1}"}"#, #"{"log":{"a":1}}"#),
            (true, "json", "", #"{"log":"no"}"#, #"{"log":"no"}"#),
            (true, "escaped", "", #"{"log":"a\\tb\\n"}"#, #"{"log":"a\tb\n"}"#),
            (true, "escaped_utf8", "", #"{"log":"\\u00e4\\x41"}"#, #"{"log":"äA"}"#),
            (true, "mysql_quoted", "", #"{"log":"'a\\'b\\0'"}"#, #"{"log":"a'b\u0000"}"#),
        ] as [(Bool, String, String, String, String)]
    )
    func `fields are decoded`(
        _ replaces: Bool,
        _ name: String,
        _ action: String,
        _ line: String,
        _ json: String
    ) throws {
        var rule = ParserRule(.json)
        rule.decoders = [
            ParserRule.Decoder(replaces: replaces, name: name, key: "log", action: action)
        ]
        let record = try CompiledParser(rule).parse(Array(line.utf8).span, receivedAt: Self.now)
        #expect(record?.fields.json == json)
    }

    @Test func `a decoder that fails lets the next try, one that does not may too`() throws {
        var rule = ParserRule(.json)
        rule.decoders = [
            ParserRule.Decoder(replaces: true, name: "json", key: "log", action: "try_next"),
            ParserRule.Decoder(replaces: true, name: "escaped", key: "log"),
        ]
        let parser = try CompiledParser(rule)
        let record = parser.parse(Array(#"{"log":"a\\n"}"#.utf8).span, receivedAt: Self.now)
        #expect(record?.fields.json == #"{"log":"a\n"}"#)
    }

    @Test func `mistakes are found when a parser is compiled`() {
        #expect(throws: Failure.self) { _ = try CompiledParser(ParserRule(.regex("(?<a>"))) }
        #expect(throws: Failure.self) { _ = try CompiledParser(ParserRule(.named("nope"))) }
        var rule = ParserRule(.json)
        rule.types = ["a": "number"]
        #expect(throws: Failure.self) { _ = try CompiledParser(rule) }
        rule.types = [:]
        rule.timeFormat = "%Q"
        #expect(throws: Failure.self) { _ = try CompiledParser(rule) }
    }

    @Test(arguments: [
        (#"^(?<a>\h+)$"#, "x\n1fF", #"{"a":"1fF"}"#), (#"(?<a>[\h]+)\H"#, "zz0az", #"{"a":"0a"}"#),
        (#"/^(?<a>.*)$/m"#, "x\ny", #"{"a":"x\ny"}"#),
        (#"/(?<a>B+)/i"#, "abB", #"{"a":"bB"}"#), (#"(?m:(?<a>a.b))"#, "a\nb", #"{"a":"a\nb"}"#),
        (
            #"(?<long_name_of_more_than_thirty_two_bytes_x>\d++)"#, "a12",
            #"{"long_name_of_more_than_thirty_two_bytes_x":"12"}"#
        ),
        (#"(?<a>.)(x)\k<a>"#, "bxb", #"{"a":"b"}"#), (#"\<(?<a>[^\>]*)\>"#, "<b>", #"{"a":"b"}"#),
        (#"(?<a>\u00e4)"#, "ä", #"{"a":"ä"}"#),
        (#"(?<a>[]x]+)"#, "a]x", #"{"a":"]x"}"#), (#"(?<a>x)|(?<a>y)"#, "y", #"{"a":"y"}"#),
        (#"(?<a>x)?(?<b>y)"#, "y", #"{"b":"y"}"#),
    ])
    func `expressions are read as Onigmo reads them`(
        _ expression: String,
        _ text: String,
        _ json: String
    ) throws {
        let pattern = try NamedPattern(onigmo: expression)
        #expect(pattern.fields(Array(text.utf8).span)?.json == json)
    }

    @Test func `the first of several rules that fits counts`() throws {
        var json = ParserRule(.json)
        json.timeKey = "at"
        json.timeFormat = "%s"
        let rules = [json, ParserRule(.regex("^(?<level>[A-Z]+) (?<text>.*)$"))]
        let parser = try CompiledParser(ParserRule(.any(rules + [ParserRule(.none(key: "log"))])))
        func read(_ text: String) -> ParsedRecord? {
            parser.parse(Array(text.utf8).span, receivedAt: Timestamp(seconds: 0))
        }
        #expect(read(#"{"a":1,"at":"9"}"#)?.fields == ["a": .integer(1)])
        #expect(read(#"{"a":1,"at":"9"}"#)?.time == Timestamp(seconds: 9))
        #expect(read("WARN x")?.fields == ["level": .text("WARN"), "text": .text("x")])
        #expect(read("-")?.fields == ["log": .text("-")])
        let strict = try CompiledParser(ParserRule(.any(rules)))
        #expect(strict.parse(Array("-".utf8).span, receivedAt: Timestamp(seconds: 0)) == nil)
    }

    @Test func `anything may be parsed`() throws {
        for input in try Corpora.inputs("RecordParse", mutations: 200) { fuzzRecordParse(input) }
    }
}
