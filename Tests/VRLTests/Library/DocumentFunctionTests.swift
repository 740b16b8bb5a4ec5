import Records
import Testing
import VRL

@Suite struct DocumentFunctionTests {
    static let documents: [Call] = [
        Call("parse_xml", ["<a>test</a>"], ["a": "test"]),
        Call(
            "parse_xml",
            [#"<a href="https://vector.dev">test</a>"#],
            ["a": ["@href": "https://vector.dev", "text": "test"]]
        ),
        Call(
            "parse_xml",
            [#"<a href="https://vector.dev">test</a>"#],
            ["include_attr": false],
            ["a": "test"]
        ),
        Call(
            "parse_xml",
            ["<b>test</b>"],
            ["text_key": "node", "always_use_text_key": true],
            ["b": ["node": "test"]]
        ),
        Call(
            "parse_xml",
            [#"<root><node attr="value"><message>foo</message></node></root>"#],
            ["root": ["node": ["@attr": "value", "message": "foo"]]]
        ),
        Call("parse_xml", ["<a><b>one</b><b>two</b></a>"], ["a": ["b": ["one", "two"]]]),
        Call(
            "parse_xml",
            [
                "<?xml version=\"1.0\"?>\n<!-- c -->\n<note>\n <to>Tove</to>\n <!-- c -->\n <b>Don't &amp; &#x41;</b>\n</note>\n"
            ],
            ["note": ["to": "Tove", "b": "Don't & A"]]
        ),
        Call("parse_xml", ["<p><?xml?>text123</p>"], ["p": ["text": "text123"]]),
        .fails(
            "parse_xml",
            ["<a>&#+65;</a>"],
            "unable to parse xml: unknown entity reference '#+65' at 1:4"
        ),
        .fails(
            "parse_xml",
            ["<a>&#x-0;</a>"],
            "unable to parse xml: unknown entity reference '#x-0' at 1:4"
        ),
        .fails(
            "parse_xml",
            ["<a b='1' n:b='2'/>"],
            "unable to parse xml: attribute 'b' is already defined at 1:17"
        ),
        Call(
            "parse_xml",
            [
                "<d><i>true</i><i>string!</i><i /><i>null</i><i>1</i><i>1.0</i><i><![CDATA[<x>]]></i></d>"
            ],
            ["d": ["i": [true, "string!", [:], nil, 1, 1.0, "<x>"]]]
        ),
        Call(
            "parse_xml",
            ["<d><i>true</i><i>null</i><i>1</i></d>"],
            ["parse_null": false, "parse_bool": false, "parse_number": false],
            ["d": ["i": ["true", "null", "1"]]]
        ),
        Call(
            "parse_xml",
            ["<root>  <a>test</a>  </root>"],
            ["trim": false],
            ["root": ["a": "test", "text": ["  ", "  "]]]
        ),
        .fails("parse_xml", ["true"], "unable to parse xml: unknown token at 1:1"),
        .fails(
            "parse_xml",
            ["<a><b></a>"],
            "unable to parse xml: expected 'b' tag, not 'a' at 1:10"
        ),
        Call("parse_cbor", [.base64("oWVmaWVsZGV2YWx1ZQ==")], ["field": "value"]),
        Call("parse_cbor", [.base64("gvUA")], [true, 0]), Call("parse_cbor", [.base64("GCo=")], 42),
        Call("parse_cbor", [.base64("+0BFEKPXCj1x")], 42.13),
        Call("parse_cbor", [.base64("9A==")], false),
        Call("parse_cbor", [.raw([0x9F, 0x20, 0xF9, 0x3E, 0x00, 0xF6, 0xFF])], [-1, 1.5, nil]),
        Call("parse_cbor", [.raw([0xC1, 0x7F, 0x61, 0x61, 0x61, 0x62, 0xFF])], "ab"),
        .fails("parse_cbor", [.raw([0x82, 0x01])], "unable to parse cbor: unexpected end"),
        .fails("parse_cbor", [.raw([0x01, 0x01])], "unable to parse cbor: trailing data"),
        Call(
            "parse_ruby_hash",
            [
                #"{ "test" => "value", "n" => 0.2, :o => { "b" => true, "z" => nil }, key: [:sym, 'x\'y'], 7 => {} }"#
            ],
            [
                "test": "value", "n": 0.2, "o": ["b": true, "z": nil], "key": ["sym", "x'y"],
                "7": [:],
            ]
        ),
        .fails(
            "parse_ruby_hash",
            [#"{ "a" => }"#],
            "unable to parse ruby hash: no value at byte 9"
        ),
        Call("parse_yaml", ["a: 1\nb:\n- x\n- 2.5\n- null\n"], ["a": 1, "b": ["x", 2.5, nil]]),
    ]

    @Test(arguments: documents)
    func `documents become values`(call: Call) throws {
        try call.check()
    }

    private static let ssn: Value = "us_social_security_number"
    static let redactions: [Call] = [
        Call("redact", ["hello 123456 world", [.regex(#"\d+"#)]], "hello [REDACTED] world"),
        Call(
            "redact",
            ["hello 123456 world", [["type": "pattern", "patterns": ["123456"]]]],
            "hello [REDACTED] world"
        ),
        Call(
            "redact",
            [["name": "J", "ssn": "123-12-1234", "n": [1, "123-12-1234"]], [ssn]],
            ["name": "J", "ssn": "[REDACTED]", "n": [1, "[REDACTED]"]]
        ),
        Call(
            "redact",
            ["my id is 123456", [.regex(#"\d+"#)]],
            ["redactor": ["type": "text", "replacement": "***"]],
            "my id is ***"
        ),
        Call(
            "redact",
            ["my id is 123456", [.regex(#"\d+"#)], "sha2"],
            "my id is GEtTedW1p6tC094dDKH+3B8P+xSnZz69AmpjaXRd63I="
        ),
        Call(
            "redact",
            ["my id is 123456", [.regex(#"\d+"#)], "sha3"],
            "my id is ZNCdmTDI7PeeUTFnpYjLdUObdizo+bIupZdl8yqnTKGdLx6X3JIqPUlUWUoFBikX+yTR+OcvLtAqWO11NPlNJw=="
        ),
        Call(
            "redact",
            [
                "123456", [.regex(#"\d+"#)],
                ["type": "sha2", "variant": "SHA-256", "encoding": "base16"],
            ],
            "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92"
        ),
        .fails("redact", ["a", ["not a filter"]], "unknown filter name"),
        .fails(
            "redact",
            ["a", [["type": "pattern"]]],
            "pattern filter must have `patterns` specified"
        ),
    ]

    @Test(arguments: redactions)
    func `what must not leave is taken out`(call: Call) throws {
        try call.check()
    }

    private static func agent(_ browser: Value, _ system: Value, _ device: Value) -> Value {
        ["browser": browser, "os": system, "device": device]
    }

    static let agents: [Call] = [
        Call(
            "parse_user_agent",
            [
                "Mozilla Firefox 1.0.1 Mozilla/5.0 (X11; U; Linux i686; de-DE; rv:1.7.6) Gecko/20050223 Firefox/1.0.1"
            ],
            agent(
                ["family": "Firefox", "version": "1.0.1"],
                ["family": "Linux", "version": nil],
                ["category": "pc"]
            )
        ),
        Call(
            "parse_user_agent",
            [
                "Mozilla/4.0 (compatible; MSIE 7.66; Windows NT 5.1; SV1; .NET CLR 1.1.4322)",
                "reliable",
            ],
            agent(
                ["family": "Internet Explorer", "version": "7.66"],
                ["family": "Windows XP", "version": "NT 5.1"],
                ["category": "pc"]
            )
        ),
        Call(
            "parse_user_agent",
            [
                "Mozilla/5.0 (iPhone; CPU iPhone OS 14_2 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/14.0 Mobile/15E148 Safari/604.1",
                "enriched",
            ],
            agent(
                ["family": "Safari", "version": "14.0", "major": "14", "minor": "0", "patch": nil],
                [
                    "family": "iOS", "version": "14.2", "major": "14", "minor": "2", "patch": nil,
                    "patch_minor": nil,
                ],
                ["category": "smartphone", "family": "iPhone", "brand": "Apple", "model": "iPhone"]
            )
        ),
        Call(
            "parse_user_agent",
            ["curl/7.74.0"],
            agent(
                ["family": "curl", "version": "7.74.0"],
                ["family": nil, "version": nil],
                ["category": "misc"]
            )
        ),
        Call(
            "parse_user_agent",
            [""],
            agent(
                ["family": nil, "version": nil],
                ["family": nil, "version": nil],
                ["category": nil]
            )
        ),
    ]

    static func metric(
        _ name: String,
        _ number: Double,
        _ others: [String: Value] = [:]
    ) -> Value {
        let own: [String: Value] = [
            "name": .text(name), "kind": "absolute", "gauge": .object(["value": .float(number)]),
        ]
        return .object(Fields(own.merging(others) { $1 }.map { ($0.key, $0.value) }))
    }

    static func influx(_ line: String, fails what: String) -> Call {
        .fails("parse_influxdb", [.text(line)], "InfluxDB line protocol parsing error: \(what)")
    }

    static let points: [Call] = [
        Call("parse_influxdb", [""], []), Call("parse_influxdb", ["# nothing\n\n"], []),
        Call(
            "parse_influxdb",
            [
                "disk,path=/,kind=s\\ s\\,d used=12i,free=3u,part=-2.5e1,ok=T,bad=false 1000000000\r\n"
            ],
            [
                metric("disk_used", 12, disk), metric("disk_free", 3, disk),
                metric("disk_part", -25, disk), metric("disk_ok", 1, disk),
                metric("disk_bad", 0, disk),
            ]
        ),
        Call(
            "parse_influxdb",
            ["# first\na\\,b x\\=y=1\n\nc z=2i -1"],
            [
                metric("a,b_x=y", 1),
                metric("c_z", 2, ["timestamp": .time("1969-12-31T23:59:59.999999999Z")]),
            ]
        ),
        .fails(
            "parse_influxdb",
            [#"m f="text""#],
            "Error while converting InfluxDB line protocol metric to Vector's metric model: field set values of type string are not supported"
        ),
        influx("disk ", fails: "No fields were provided"),
        influx(",a=b c=1", fails: "Invalid measurement was provided"),
        influx("m,a c=1", fails: "Tag set malformed"),
        influx("m,a=1,a=2 c=1", fails: "Must not contain duplicate tags, but \"a\" was repeated"),
        influx("m c=1.5i", fails: "Unable to parse integer value '1.5'"),
        influx("m c=-1u", fails: "Unable to parse unsigned integer value '-1'"),
        influx("m c=nan", fails: "Unable to parse floating-point value 'nan'"),
        influx(
            "m c=1 99999999999999999999",
            fails: "Unable to parse timestamp value '99999999999999999999'"
        ),
        influx(
            "m c=1 2 x\nn d=1",
            fails: "Could not parse entire line. Found trailing content: 'x'"
        ),
        influx(
            "m\\\n",
            fails: "Measurements, tag keys and values, and field keys may not end with a backslash"
        ),
    ]

    static let disk: [String: Value] = [
        "tags": ["path": "/", "kind": "s s,d"], "timestamp": .time("1970-01-01T00:00:01Z"),
    ]

    @Test(arguments: points)
    func `points of InfluxDB become metrics`(call: Call) throws {
        try call.check()
    }

    @Test(arguments: agents)
    func `browsers are told apart`(call: Call) throws {
        try call.check()
    }
}
