import Records
import Testing
import VRL

@Suite struct ParsingFunctionTests {
    static let json: [Call] = [
        Call("parse_json", [#"{"field": "value"}"#], ["field": "value"]),
        Call(
            "parse_json",
            [#"{"o": {"n": 42, "a": ["hello"], "b": false}}"#],
            ["o": ["n": 42, "a": ["hello"], "b": false]]
        ),
        .fails(
            "parse_json",
            [#"{"field": "value"#],
            "unable to parse json: EOF while parsing a string at line 1 column 16"
        ),
        .fails(
            "parse_json",
            ["{ INVALID }"],
            "unable to parse json: key must be a string at line 1 column 3"
        ),
        Call(
            "parse_json",
            [#"{"top_layer": {"layer_one": "finish", "layer_two": 2}}"#],
            ["max_depth": 1],
            ["top_layer": #"{"layer_one": "finish", "layer_two": 2}"#]
        ),
        Call(
            "parse_json",
            [#"[{"top_layer": {"next_layer": ["fin]sh"]}}, [[1, 2]], {}]"#, 2],
            [["top_layer": #"{"next_layer": ["fin]sh"]}"#], ["[1, 2]"], [:]]
        ),
        Call("parse_json", [#" {"a": [1, {"b": "}"}]} "#, 10], ["a": [1, ["b": "}"]]]),
        .fails(
            "parse_json",
            [#"{"field": "value"#, 3],
            "unable to read json: EOF while parsing a string at line 1 column 16"
        ),
        .fails(
            "parse_json",
            ["{}", 129],
            "max_depth value should be greater than 0 and less than 128, got 129"
        ),
        Call("parse_json", [#"{"num": 9223372036854775808}"#], ["num": 9.223_372_036_854_776e18]),
        Call("parse_json", [.raw([0x22, 0xF5, 0x22])], "\u{FFFD}"),
        Call("parse_json", [.raw([0xEF, 0xBB, 0xBF, 0x7B, 0x7D])], ["lossy": false], [:]),
        Call("is_json", ["{}"], true), Call("is_json", ["test"], false),
        Call("is_json", ["[1]", "array"], true), Call("is_json", ["[1]", "object"], false),
        Call("is_json", ["1.5", "number"], true), Call("is_json", ["true", "bool"], true),
    ]

    @Test(arguments: json)
    func `JSON becomes values`(call: Call) throws {
        try call.check()
    }

    static let quantities: [Call] = [
        Call("parse_duration", ["30s", "m"], 0.5), Call("parse_duration", ["1005ms", "s"], 1.005),
        Call("parse_duration", ["100ns", "ms"], 0.0001),
        Call("parse_duration", ["100µs", "ms"], 0.1),
        Call("parse_duration", ["1d1s", "s"], 86401.0),
        Call("parse_duration", ["1s 1ms", "ms"], 1001.0),
        Call("parse_duration", ["1ms1 µs", "ms"], 1.001),
        Call("parse_duration", ["1s1m", "ms"], 61000.0),
        Call("parse_duration", ["1 s", "ns"], 1_000_000_000.0),
        Call("parse_duration", ["1w", "ns"], 604_800_000_000_000.0),
        Call("parse_duration", ["12.3s", "ms"], 12300.0),
        Call("parse_duration", ["123.0s", "ms"], 123_000.0),
        .fails("parse_duration", ["foo", "ms"], "unable to parse duration: 'foo'"),
        .fails("parse_duration", ["1", "ns"], "unable to parse duration: '1'"),
        .fails("parse_duration", ["1s", "w"], "unknown unit format: 'w'"),
        .fails("parse_duration", ["1.5zz", "s"], "unknown duration unit: 'zz'"),
        .fails("parse_duration", ["1d foo", "s"], "unable to parse duration: '1d foo'"),
        Call("parse_bytes", ["1MiB", "B"], 1_048_576.0), Call("parse_bytes", ["512B", "KiB"], 0.5),
        Call("parse_bytes", ["3.5GiB", "KiB"], 3_670_016.0),
        Call("parse_bytes", ["12 TiB", "GiB"], 12_288.0),
        Call("parse_bytes", ["1EiB", "TiB"], 1_048_576.0),
        Call("parse_bytes", ["1MB", "B"], 1_048_576.0),
        Call("parse_bytes", ["1MB", "B", "10"], 1_000_000.0),
        Call("parse_bytes", ["3B", "kB", "10"], 0.003),
        Call("parse_bytes", ["3.007GB", "kB", "10"], 3_007_000.0),
        Call("parse_bytes", ["768MB", "PB", "10"], 0.000_000_768),
        .fails(
            "parse_bytes",
            ["foo", "KiB"],
            "unable to parse bytes: 'invalid digit found in string'"
        ),
        .fails(
            "parse_bytes",
            ["1YiB", "MiB"],
            "unable to parse bytes: 'invalid digit found in string'"
        ),
        .fails("parse_bytes", ["100KB", "ZB", "10"], "unknown unit format: 'ZB'"),
        Call("to_syslog_level", [5], "notice"),
        .fails("to_syslog_level", [500], "severity level 500 not valid"),
        Call("to_syslog_severity", ["panic"], 0), Call("to_syslog_severity", ["warn"], 4),
        .fails("to_syslog_severity", ["oopsie"], "syslog level oopsie not valid"),
        Call("to_syslog_facility", [23], "local7"), Call("to_syslog_facility_code", ["ntp"], 12),
        .fails("to_syslog_facility", [24], "facility code 24 not valid"),
    ]

    @Test(arguments: quantities)
    func `durations, sizes and levels are read`(call: Call) throws {
        try call.check()
    }

    private static func url(
        _ host: Value,
        _ path: Value = "/",
        port: Value = nil,
        query: Value = [:],
        fragment: Value = nil,
        scheme: Value = "https",
        user: Value = "",
        password: Value = ""
    ) -> Value {
        [
            "host": host, "path": path, "port": port, "query": query, "fragment": fragment,
            "scheme": scheme, "username": user, "password": password,
        ]
    }

    static let web: [Call] = [
        Call("parse_url", ["https://vector.dev"], url("vector.dev")),
        Call("parse_url", ["https://vector.dev:443"], url("vector.dev")),
        Call("parse_url", ["https://vector.dev", true], url("vector.dev", port: 443)),
        Call("parse_url", ["https://www.CAFé.com"], url("www.xn--caf-dma.com")),
        Call(
            "parse_url",
            ["FTP://foo:b%20r@Example.com:4343/a/../f%C3%B6o bar?hello=w%20d&x#frag"],
            url(
                "example.com",
                "/f%C3%B6o%20bar",
                port: 4343,
                query: ["hello": "w d", "x": ""],
                fragment: "frag",
                scheme: "ftp",
                user: "foo",
                password: "b%20r"
            )
        ),
        Call(
            "parse_url",
            ["http://[2001:DB8::1]:8080/x"],
            url("[2001:db8::1]", "/x", port: 8080, scheme: "http")
        ),
        Call("parse_url", ["mailto:a@b.c"], url(nil, "a@b.c", scheme: "mailto")),
        .fails("parse_url", ["INVALID"], "unable to parse url: relative URL without a base"),
        .fails("parse_url", ["http://a:99999"], "unable to parse url: invalid port number"),
        .fails("parse_url", ["http://"], "unable to parse url: empty host"),
        .fails("parse_url", ["http://1.2.3"], "unable to parse url: invalid IPv4 address"),
        .fails(
            "parse_url",
            ["https://xn--8hbb.xn--fiba.xn--8hbf.xn--eib."],
            "unable to parse url: invalid international domain name"
        ),
        Call(
            "parse_query_string",
            ["foo=%2B1&bar=2&xyz=&abc"],
            ["foo": "+1", "bar": "2", "xyz": "", "abc": ""]
        ),
        Call("parse_query_string", ["?foo%5b%5d=bar&foo%5b%5d=x+z"], ["foo[]": ["bar", "x z"]]),
        Call("parse_query_string", ["=&="], ["": ["", ""]]), Call("parse_query_string", [""], [:]),
        Call(
            "parse_tokens",
            [#"217.250.207.207 - - [07/Sep/2020:16:38:00 -0400] "DELETE / HTTP/1.1" 205 """#],
            [
                "217.250.207.207", nil, nil, "07/Sep/2020:16:38:00 -0400", "DELETE / HTTP/1.1",
                "205", nil,
            ]
        ),
        Call(
            "parse_tokens",
            [#"A "with \"a\" inside" [open"#],
            ["A", #"with \"a\" inside"#, "[open"]
        ),
    ]

    @Test(arguments: web)
    func `addresses of the web are taken apart`(call: Call) throws {
        try call.check()
    }

    private static let iso =
        "%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{GREEDYDATA:message}"
    private static let aliases: Value = [
        "common_prefix": "%{_timestamp} %{_loglevel}",
        "_timestamp": "%{TIMESTAMP_ISO8601:timestamp}",
        "_loglevel": "%{LOGLEVEL:level}", "_status": "%{POSINT:status}",
        "_message": "%{GREEDYDATA:message}",
    ]
    private static let prefixes: Value = [
        "%{common_prefix} %{_status} %{_message}", "%{common_prefix} %{_message}",
    ]
    private static func groks(_ rule: String, _ text: String, _ wanted: Value) -> Call {
        Call("parse_groks", [.text(text), [.text(rule)]], wanted)
    }

    static let groks: [Call] = [
        Call(
            "parse_grok",
            ["2020-10-02T23:22:12.223222Z info Hello world", .text(iso)],
            ["timestamp": "2020-10-02T23:22:12.223222Z", "level": "info", "message": "Hello world"]
        ),
        Call(
            "parse_grok",
            ["2020-10-02T23:22:12.223222Z", "(%{TIMESTAMP_ISO8601:timestamp}|%{LOGLEVEL:level})"],
            ["timestamp": "2020-10-02T23:22:12.223222Z"]
        ),
        Call(
            "parse_grok",
            [
                #"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
                "%{COMMONAPACHELOG}",
            ],
            [
                "clientip": "127.0.0.1", "ident": "-", "auth": "frank", "verb": "GET",
                "timestamp": "10/Oct/2000:13:55:36 -0700", "request": "/apache_pb.gif",
                "httpversion": "1.0", "response": "200", "bytes": "2326",
            ]
        ),
        Call(
            "parse_grok",
            ["Mar  5 09:01:02 web-1 sshd[42]: Failed", "%{SYSLOGLINE}"],
            [
                "timestamp": "Mar  5 09:01:02", "logsource": "web-1", "program": "sshd",
                "pid": "42",
                "message": "Failed",
            ]
        ),
        .fails(
            "parse_grok",
            ["an ungrokkable message", .text(iso)],
            "unable to parse input with grok pattern"
        ),
        .fails(
            "parse_grok",
            ["foo", "%{NOG}"],
            "The given pattern definition name \"NOG\" could not be found in the definition map"
        ),
        Call(
            "parse_groks",
            ["2020-10-02T23:22:12.223222Z info 200 hello world", prefixes, aliases],
            [
                "timestamp": "2020-10-02T23:22:12.223222Z", "level": "info", "status": "200",
                "message": "hello world",
            ]
        ),
        Call(
            "parse_groks",
            ["2020-10-02T23:22:12.223222Z info hello world", prefixes, aliases],
            ["timestamp": "2020-10-02T23:22:12.223222Z", "level": "info", "message": "hello world"]
        ),
        Call(
            "parse_groks",
            [
                #"GET "x\"y" 12 1.5 -"#,
                [
                    #"%{word:http.method:lowercase} %{quotedString:q} %{integer:n:scale(10)} %{number:f} "#
                        + #"%{notSpace:none:nullIf("-")}"#
                ],
            ],
            ["http": ["method": "get"], "q": #"x\"y"#, "n": 120, "f": 1.5]
        ),
        groks("%{data::json}", #"{"a.b": 1, "c d": [null]}"#, ["a": ["b": 1], "c d": [nil]]),
        groks("%{word:x} %{data::json} %{number::number}", #"v {"a": 1} 3"#, ["x": "v", "a": 1]),
        groks("%{data::json}", "no json", [:]),
        groks("%{word:a} %{word:a:uppercase} %{word:a}", "x y z", ["a": ["x", "Y", "z"]]),
        groks("%{data:a}-%{data:b}", "-x", ["b": "x"]),
        groks("(?<own>\\d+) %{data:b}", "12 x\ny", ["own": "12", "b": "x\ny"]),
        groks(
            "%{data::keyvalue}",
            "a=1 b=\"x y\", c=<z> d=null e=1.5 f=018",
            [
                "a": 1, "b": "x y", "c": "z", "e": 1.5, "f": "018",
            ]
        ),
        groks(#"%{data:k:keyvalue(":", "/")}"#, "a:/x/y a:2", ["k": ["a": ["/x/y", 2]]]),
        groks(#"%{data:k:keyvalue("=", "", "", "|")}"#, "a=1|b=2", ["k": ["a": 1, "b": 2]]),
        groks("%{data:q:querystring}", "?a=1&a=2&b=%20", ["q": ["a": ["1", "2"], "b": " "]]),
        groks("%{data:r:rubyhash}", #"{ "a" => 1 }"#, ["r": ["a": 1.0]]),
        groks("%{data:l:array}", "[1,x y]", ["l": ["1", "x y"]]),
        groks(#"%{data:l:array("{}", ";", integer)}"#, "{1;2}", ["l": [1, 2]]),
        groks(#"%{data:l:array("", "-", nullIf("x"))}"#, "x-2", ["l": [nil, "2"]]),
        groks(
            #"%{data:l:array(",")} %{data:m:array(integer)}"#,
            "[a,b] [1]",
            [
                "l": ["a", "b"], "m": [1],
            ]
        ),
        groks(
            #"\[%{date("dd/MMM/yyyy:HH:mm:ss Z"):d}\]"#,
            "[06/Feb/2013:16:24:25 +0200]",
            ["d": 1_360_160_665_000]
        ),
        groks(
            #"%{date("yyyy-MM-dd'T'HH:mm:ss,SSSZ"):d}"#,
            "2016-09-02T15:02:29,648Z",
            ["d": 1_472_828_549_648]
        ),
        groks(
            #"%{date("M/d/yy hh:mm a", "Europe/Paris"):d}"#,
            "6/1/20 03:04 PM",
            [
                "d": 1_591_016_640_000
            ]
        ),
        .fails(
            "parse_groks",
            ["a", ["%{data:a:scale()}"]],
            "invalid arguments for the function 'scale'"
        ),
        .fails("parse_groks", ["a", ["%{data::url}"]], "unknown filter 'url'"),
        .fails(
            "parse_groks",
            ["a", [#"%{date("yyyy-MM-dd z"):d}"#]],
            "the date format 'yyyy-MM-dd z' is not supported here because of 'z'; "
                + "take it as a text and use parse_timestamp"
        ),
        Call(
            "parse_groks",
            ["v1.0", [#"v%{regex("\\d+\\.\\d+"):http.version}"#]],
            ["http": ["version": "1.0"]]
        ),
        .fails(
            "parse_groks",
            ["a b", ["%{WORD:a}"]],
            "unable to parse grok: value does not match any rule"
        ),
        .fails(
            "parse_groks",
            ["a", ["%{a}"], ["a": "%{b}", "b": "%{a}"]],
            "Circular dependency detected in the alias '%{a}'"
        ),
    ]

    @Test(arguments: groks)
    func `grok finds fields`(call: Call) throws {
        try call.check()
    }
}
