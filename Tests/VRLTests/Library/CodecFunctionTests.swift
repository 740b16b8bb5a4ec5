import Formats
import Records
import Testing
import VRL

@Suite struct CodecFunctionTests {
    static let bases: [Call] = [
        Call("encode_base16", ["some string value"], "736f6d6520737472696e672076616c7565"),
        Call("decode_base16", ["736f6d6520737472696E672076616c7565"], "some string value"),
        .fails("decode_base16", ["xx"], "unable to decode value to base16"),
        .fails("decode_base16", ["abc"], "unable to decode value to base16"),
        Call("encode_base64", ["some+=string/value"], "c29tZSs9c3RyaW5nL3ZhbHVl"),
        Call("encode_base64", ["some+=string/value_", false], "c29tZSs9c3RyaW5nL3ZhbHVlXw"),
        Call("encode_base64", [.raw([0xFB, 0xFF])], ["charset": "url_safe"], "-_8="),
        .fails("encode_base64", ["a"], ["charset": "foo"], "unknown charset"),
        Call("decode_base64", ["c29tZSs9c3RyaW5nL3ZhbHVl"], "some+=string/value"),
        Call("decode_base64", ["c29tZSs9c3RyaW5nL3ZhbHVlXw=="], "some+=string/value_"),
        Call("decode_base64", ["c29tZSs9c3RyaW5nL3ZhbHVlXw"], "some+=string/value_"),
        Call("decode_base64", ["-_8="], ["charset": "url_safe"], .raw([0xFB, 0xFF])),
        .fails("decode_base64", ["a"], ["charset": "invalid"], "unknown charset"),
        .fails("decode_base64", ["helloworld"], "unable to decode value from base64"),
        Call("decode_base64", [""], ""),
    ]

    @Test(arguments: bases)
    func `bytes become digits and letters`(call: Call) throws {
        try call.check()
    }

    static let percents: [Call] = [
        Call("encode_percent", ["foo bar?"], "foo%20bar%3F"),
        Call("encode_percent", ["foo \u{14}bar"], ["ascii_set": "CONTROLS"], "foo %14bar"),
        Call("encode_percent", ["foo <>\" `bar", "FRAGMENT"], "foo%20%3C%3E%22%20%60bar"),
        Call("encode_percent", ["foo #\"<>'bar", "SPECIAL"], "foo%20%23%22%3C%3E%27bar"),
        Call(
            "encode_percent",
            ["foo #\"<>?`{}/:;=@[\\]^|bar", "USERINFO"],
            "foo%20%23%22%3C%3E%3F%60%7B%7D%2F%3A%3B%3D%40%5B%5C%5D%5E%7Cbar"
        ),
        Call(
            "encode_percent",
            ["|$%&+,!'()~", "WWW_FORM_URLENCODED"],
            "%7C%24%25%26%2B%2C%21%27%28%29%7E"
        ),
        Call("encode_percent", ["é", "CONTROLS"], "%C3%A9"),
        Call("decode_percent", ["foo%20bar%3F"], "foo bar?"),
        Call("decode_percent", ["%zz%4"], "%zz%4"),
        Call("decode_percent", ["a+b"], "a+b"),
        Call("encode_punycode", ["www.café.com"], "www.xn--caf-dma.com"),
        Call("encode_punycode", ["www.CAFé.com"], "www.xn--caf-dma.com"),
        Call("encode_punycode", ["www.CAFé.com", false], "www.xn--caf-dma.com"),
        Call("encode_punycode", ["www.cafe.com"], "www.cafe.com"),
        .fails(
            "encode_punycode",
            ["xn--8hbb.xn--fiba.xn--8hbf.xn--eib."],
            "unable to encode to punycode"
        ),
        Call(
            "encode_punycode",
            ["xn--8hbb.xn--fiba.xn--8hbf.xn--eib.", false],
            "xn--8hbb.xn--fiba.xn--8hbf.xn--eib."
        ),
        Call("encode_punycode", ["خرید-پستی.com", false], "xn----5mckejo83c6tfa.com"),
        Call("decode_punycode", ["www.xn--caf-dma.com"], "www.café.com"),
        Call("decode_punycode", ["www.cafe.com"], "www.cafe.com"),
        Call("decode_mime_q", ["=?utf-8?b?SGVsbG8sIFdvcmxkIQ==?="], "Hello, World!"),
        Call(
            "decode_mime_q",
            ["From: =?utf-8?b?SGVsbG8sIFdvcmxkIQ==?= <=?utf-8?q?hello=5Fworld=40example=2ecom?=>"],
            "From: Hello, World! <hello_world@example.com>"
        ),
        Call("decode_mime_q", ["?b?SGVsbG8sIFdvcmxkIQ=="], "Hello, World!"),
        Call(
            "decode_mime_q",
            ["Subject: =?iso-8859-1?Q?=A1Hola,_se=F1or!?="],
            "Subject: ¡Hola, señor!"
        ),
        .fails("decode_mime_q", ["=?iso-8859-1??=A1Hola?="], "Invalid encoding: \"\""),
        .fails("decode_mime_q", ["=?iso-9001?Q?hello?="], "Unable to decode \"iso-9001\" value"),
        Call("decode_mime_q", ["Is =? equal to ?= or not?"], "Is =? equal to ?= or not?"),
        Call("decode_mime_q", [""], ""),
        Call("decode_charset", [.raw([0xC1, 0x80]), "latin1"], "Á€"),
        Call("encode_charset", ["aé", "utf-16be"], .raw([0, 0x61, 0, 0xE9])),
        Call("encode_charset", ["€漢", "windows-1252"], .raw([0x80]) + "&#28450;"),
        .fails("decode_charset", ["a", "klingon"], "Unknown charset: klingon"),
    ]

    @Test(arguments: percents)
    func `texts travel where few characters may`(call: Call) throws {
        try call.check()
    }

    static let records: [Call] = [
        Call("encode_json", [["b": [1, 2.5, nil], "a": "x"]], #"{"a":"x","b":[1,2.5,null]}"#),
        Call("encode_json", [["a": 1], true], "{\n  \"a\": 1\n}"),
        Call("encode_json", [.time("2021-01-01T00:00:00Z")], "\"2021-01-01T00:00:00Z\""),
        Call("encode_key_value", [["lvl": "info", "log_id": 12345]], "log_id=12345 lvl=info"),
        Call("encode_key_value", [["msg": "This is a message"]], "msg=\"This is a message\""),
        Call("encode_key_value", [["msg": #"{"key":"value"}"#]], #"msg="{\"key\":\"value\"}""#),
        Call(
            "encode_key_value",
            [["beta": true, "prod": false, "lvl": "info"]],
            ["flatten_boolean": true],
            "beta lvl=info"
        ),
        Call(
            "encode_key_value",
            [["tag_a": "val_a", "tag_b": "val_b", "tag_c": true]],
            ["key_value_delimiter": ":", "field_delimiter": ",", "flatten_boolean": true],
            "tag_a:val_a,tag_b:val_b,tag_c"
        ),
        Call(
            "encode_key_value",
            [["another_field": "some\nfield\\and things", "space key": "foo"]],
            #"another_field="some\\nfield\\and things" "space key"=foo"#
        ),
        Call(
            "encode_key_value",
            [["log": ["file": ["path": "a.rs"]], "ip": [127, 0], "agent": ["id": 1.5]]],
            "agent.id=1.5 ip.0=127 ip.1=0 log.file.path=a.rs"
        ),
        Call("encode_key_value", [["a": 1, "b": 2, "c": 3], ["c", "a", "x"]], "c=3 a=1 b=2"),
        .fails(
            "encode_key_value",
            [["a": 1], ["a", 2]],
            "invalid field value type at index 1: expected string, got integer"
        ),
        Call("encode_logfmt", [["a": true, "b": false, "c": "d"]], "a c=d"),
        Call("encode_csv", [["foo", "bar", "foo \", bar"]], "foo,bar,\"foo \"\", bar\""),
        Call("encode_csv", [["foo", "bar"]], ["delimiter": " "], "foo bar"),
        .fails("encode_csv", [["foo"], "!!"], "delimiter must be a single character"),
        Call("encode_csv", [[]], ""), Call("encode_csv", [[""]], "\"\""),
        Call("encode_csv", [["here\n", .raw([0xFF])]], "\"here\n\"," + .raw([0xFF])),
        .fails("encode_csv", [[1]], "expected string, got integer"),
    ]

    @Test(arguments: records)
    func `records become lines`(call: Call) throws {
        try call.check()
    }

    static let packed: [Call] = [
        Call("decode_zlib", [.base64("eJxLzUvOT0mNz00FABI5A6A=")], "encode_me"),
        Call("decode_gzip", [.raw(Gzip.encode(Array("sample".utf8).span))], "sample"),
        Call("decode_zstd", [.raw(Zstd.encode(Array("sample".utf8).span))], "sample"),
        Call(
            "decode_snappy",
            [.base64("LKxUaGUgcXVpY2sgYnJvd24gZm94IGp1bXBzIG92ZXIgMTMgbGF6eSBkb2dzLg==")],
            "The quick brown fox jumps over 13 lazy dogs."
        ),
        .fails("decode_zlib", ["some_bytes"], "unable to decode value with Zlib decoder"),
        .fails("decode_gzip", ["some_bytes"], "unable to decode value with Gzip decoder"),
        .fails("decode_zstd", ["some_bytes"], "unable to decode value with Zstd decoder"),
        .fails("decode_snappy", ["some_bytes"], "unable to decode value with Snappy decoder"),
        .fails(
            "encode_gzip",
            ["a"],
            ["compression_level": 11],
            "compression level must be <= 10, got 11"
        ),
    ]

    @Test(arguments: packed)
    func `packed texts are unpacked`(call: Call) throws {
        try call.check()
    }

    @Test(arguments: ["gzip", "zlib", "zstd", "snappy"])
    func `what is packed comes out again`(name: String) throws {
        let encode = try #require(FunctionLibrary.functions["encode_" + name])
        let decode = try #require(FunctionLibrary.functions["decode_" + name])
        guard case .plain(let pack) = encode.body, case .plain(let unpack) = decode.body else {
            return
        }
        let long = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 % 251 &* ($0 >> 9)) }
        for bytes in [[], Array("sample sample sample sample".utf8), long] {
            let packed = try pack(Arguments([.raw(bytes), nil]), Call.surroundings)
            #expect(try unpack(Arguments([packed]), Call.surroundings) == .raw(bytes))
        }
    }
}
