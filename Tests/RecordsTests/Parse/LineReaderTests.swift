import Basics
import Testing

@testable import Records

@Suite("Readers of lines") struct LineReaderTests {
    @Test(
        arguments: [
            (
                "host:127.0.0.1\tident:-\tuser:frank\ttime:[10/Oct/2000:13:55:36]\tempty:",
                #"{"empty":"","host":"127.0.0.1","ident":"-","time":"[10/Oct/2000:13:55:36]","user":"frank"}"#
            ),
            ("a:1\tb:2:3\r\n", #"{"a":"1","b":"2:3"}"#), ("no label", nil), ("", nil),
        ] as [(String, String?)]
    )
    func `LTSV`(_ line: String, _ json: String?) {
        #expect(LTSVReader.fields(Array(line.utf8).span)?.json == json)
    }

    @Test(
        arguments: [
            (#"a=1 b="c d" e="" f= g"#, #"{"a":"1","b":"c d","e":"","f":true,"g":true}"#),
            (#"msg="a \"b\"\n" =x "q"=1"#, #"{"1":true,"msg":"a \"b\"\n","q":true,"x":true}"#),
            ("", nil),
        ] as [(String, String?)]
    )
    func `logfmt`(_ line: String, _ json: String?) {
        #expect(
            LogfmtReader.fields(Array(line.utf8).span)?.json
                == json
        )
    }

    @Test func `logfmt without bare keys`() {
        #expect(LogfmtReader.fields(Array("a=1 b".utf8).span, refusesBareKeys: true) == nil)
    }

    // From VRL's tests of parse_key_value.
    @Test(
        arguments: [
            ("zork=zook zonk=nork", "=", " ", false, true, #"{"zonk":"nork","zork":"zook"}"#),
            (
                #"at=info path="/a b" fwd='1.2'"#, "=", " ", false, true,
                #"{"at":"info","fwd":"1.2","path":"/a b"}"#
            ),
            (
                #"path:"/cart_link", host:store.app.com, fwd: "102.30.171.16", dyno: web.1"#, ":",
                ",", false, true,
                #"{"dyno":"web.1","fwd":"102.30.171.16","host":"store.app.com","path":"/cart_link"}"#
            ),
            (
                "env:prod,service:backend,region:eu-east1,beta", ":", ",", false, true,
                #"{"beta":true,"env":"prod","region":"eu-east1","service":"backend"}"#
            ),
            (
                #"at=info,method=GET,path="/index",status=200,tags=dev,tags=dummy"#, "=", ",",
                false, true,
                #"{"at":"info","method":"GET","path":"/index","status":"200","tags":["dev","dummy"]}"#
            ),
            (
                "app=my-app ip=1.2.3.4 user= msg=hello-world", "=", " ", true, true,
                #"{"app":"my-app","ip":"1.2.3.4","msg":"hello-world","user":""}"#
            ),
            ("foo:bar ,   foobar   ", ":", ",", false, true, #"{"foo":"bar","foobar":true}"#),
            (
                "foo=bar foobar bar=baz barfoo", "=", " ", false, true,
                #"{"bar":"baz","barfoo":true,"foo":"bar","foobar":true}"#
            ),
            (#"key="a\a""#, "=", " ", true, true, #"{"key":"a\\a"}"#),
            (#""a\ a"=val"#, "=", " ", true, true, #"{"a\\ a":"val"}"#),
            (
                #"ook=pook key#hash=value "key=with=special=characters"=value key="with special=characters""#,
                "=", " ", false, false,
                #"{"key":"with special=characters","key#hash":"value","key=with=special=characters":"value","ook":"pook"}"#
            ),
            (
                #"key1=val1,key2='some value with "nested quotes"'"#, "=", ",", true, false,
                #"{"key1":"val1","key2":"some value with \"nested quotes\""}"#
            ),
            (#"a="noog" nonk=1"#, "=", " ", true, true, #"{"a":"noog","nonk":"1"}"#),
            ("=value", "=", " ", true, false, nil), ("", "=", " ", false, true, nil),
            ("a", "=", " ", false, false, nil),
            ("a a=1 a", "=", " ", false, true, #"{"a":"1"}"#),
        ] as [(String, String, String, Bool, Bool, String?)]
    )
    func `pairs`(
        _ line: String,
        _ key: String,
        _ field: String,
        _ isStrict: Bool,
        _ alone: Bool,
        _ json: String?
    ) {
        let reader = KeyValueReader(
            keyDelimiter: key,
            fieldDelimiter: field,
            isStrict: isStrict,
            acceptsStandaloneKeys: alone
        )
        #expect((try? reader.fields(Array(line.utf8).span))?.json == json)
    }

    @Test(arguments: [
        ("a,b,c", ["a", "b", "c"]), ("", [""]), (#""a,b","c ""d""",e"#, ["a,b", #"c "d""#, "e"]),
        ("\"a\nb\",c\r\nd", ["a\nb", "c"]), (",,", ["", "", ""]), (#"a"b,"c"d"#, [#"a"b"#, "cd"]),
    ])
    func `CSV`(_ line: String, _ values: [String]) {
        #expect(CSVReader().row(Array(line.utf8).span).values.map(\.text) == values)
    }

    @Test func `CSV with names and another delimiter`() {
        let fields = CSVReader(delimiter: 0x3B).fields(Array("1;2;3".utf8).span, names: ["a", "b"])
        #expect(fields.json == #"{"a":"1","b":"2"}"#)
    }

    @Test(arguments: [
        ("2016-10-06T00:17:09.669794202Z stdout F log content", true),
        ("2016-10-06T00:17:09.669794202Z stderr P x", true),
        ("2016-10-06T00:17:09.669794202Z stderr P:a x", true),
        ("2016-10-06T00:17:09.669794202Z stdout F", true),
        ("2016-10-06T00:17:09.669794202Z stdin F x", false),
        ("2016-10-06T00:17:09.669794202Z stdout X x", false), ("stdout F x", false), ("", false),
    ])
    func `CRI`(_ line: String, _ isLine: Bool) {
        #expect((CRILine(Array(line.utf8).span) != nil) == isLine)
    }

    // From VRL's tests of parse_syslog.
    @Test(
        arguments: [
            (
                #"<13>1 2020-03-13T20:45:38.119Z dynamicwireless.name non 2426 ID931 [exampleSDID@32473 iut="3" eventSource= "Application" eventID="1011"] Try to override"#,
                #"{"appname":"non","exampleSDID@32473":{"eventID":"1011","eventSource":"Application","iut":"3"},"facility":"user","hostname":"dynamicwireless.name","message":"Try to override","msgid":"ID931","procid":2426,"severity":"notice","timestamp":"2020-03-13T20:45:38.119Z","version":1}"#
            ),
            (
                "<133>Jun 13 16:33:35 haproxy[73411]: Proxy sticky-servers started.",
                #"{"appname":"haproxy","facility":"local0","message":"Proxy sticky-servers started.","procid":73411,"severity":"notice","timestamp":"2026-06-13T16:33:35Z"}"#
            ),
            (
                "Jun 13 16:33:35 haproxy[73411]: I am missing a pri.",
                #"{"appname":"haproxy","message":"I am missing a pri.","procid":73411,"timestamp":"2026-06-13T16:33:35Z"}"#
            ),
            (
                "<13>1 2019-02-13T19:48:34+00:00 74794bfb6795 root 8449 - [empty] qwerty",
                #"{"appname":"root","empty":{},"facility":"user","hostname":"74794bfb6795","message":"qwerty","procid":8449,"severity":"notice","timestamp":"2019-02-13T19:48:34Z","version":1}"#
            ),
            (
                #"<13>1 2019-02-13T19:48:34+00:00 74794bfb6795 root 8449 - [non_empty x=""][empty] qwerty"#,
                #"{"appname":"root","empty":{},"facility":"user","hostname":"74794bfb6795","message":"qwerty","non_empty":{"x":""},"procid":8449,"severity":"notice","timestamp":"2019-02-13T19:48:34Z","version":1}"#
            ),
            (
                "<131>Jun 8 11:54:08 master apache_error [Tue Jun 08 11:54:08.929301 2021] [php7:emerg] rest",
                #"{"appname":"apache_error","facility":"local0","hostname":"master","message":"[Tue Jun 08 11:54:08.929301 2021] [php7:emerg] rest","severity":"err","timestamp":"2026-06-08T11:54:08Z"}"#
            ),
            (
                #"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 key="hello [bye\]\"\\b"] An event"#,
                #"{"appname":"evntslog","exampleSDID@32473":{"key":"hello [bye]\"\\b"},"facility":"local4","hostname":"mymachine.example.com","message":"An event","msgid":"ID47","severity":"notice","timestamp":"2003-10-11T22:14:15.003Z","version":1}"#
            ),
            (
                "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
                #"{"appname":"su","facility":"auth","hostname":"mymachine","message":"'su root' failed","severity":"crit","timestamp":"2026-10-11T22:14:15Z"}"#
            ),
            ("not much of a syslog message", nil),
        ] as [(String, String?)]
    )
    func `syslog`(_ line: String, _ json: String?) {
        let message = try? SyslogMessage(
            Array(line.utf8).span,
            now: Timestamp(seconds: 1_795_000_000)
        )
        #expect(message?.fields.json == json)
    }
}
