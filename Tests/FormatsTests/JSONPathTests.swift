import Testing

@testable import Formats

@Suite("JSONPath") struct JSONPathTests {
    static let list: JSON = [
        "kind": "List",
        "items": [
            [
                "metadata": ["name": "a", "labels": ["app.kubernetes.io/name": "x"]], "n": 1,
                "ok": true,
            ],
            ["metadata": ["name": "b", "labels": [:]], "n": 2, "ip": "1.2.3.4"],
            ["metadata": ["name": "c"], "n": 3.5, "tags": ["p", "q", "r"]],
        ],
    ]

    @Test(arguments: [
        ("{.items[*].metadata.name}", "a b c"), ("{.items[0].metadata.name}", "a"),
        ("{.items[-1].metadata.name}", "c"), ("{.items[0:2].metadata.name}", "a b"),
        ("{.items[::2].metadata.name}", "a c"), ("{.items[-1:].n}", "3.5"), ("{.items[9].n}", ""),
        ("{range .items[*]}{.metadata.name}{\"\\t\"}{.n}{\"\\n\"}{end}", "a\t1\nb\t2\nc\t3.5\n"),
        ("{.items[?(@.n==2)].metadata.name}", "b"), ("{.items[?(@.n>1)].metadata.name}", "b c"),
        ("{.items[?(@.metadata.name==\"a\")].n}", "1"),
        ("{.items[?(@.metadata.name != 'a')].n}", "2 3.5"),
        ("{.items[?(@.ip)].metadata.name}", "b"), ("{.items[?(@.ok==true)].n}", "1"),
        ("{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", "x"),
        ("{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "x"),
        ("{.items[0]['metadata.name','n']}", "a 1"),
        ("{.items[0].metadata.labels['app.kubernetes.io/name']}", "x"),
        ("{..name}", "a b c"), ("{.items[2].tags[*]}", "p q r"),
        ("{.items[2].tags}", "[\"p\",\"q\",\"r\"]"),
        ("{.missing.field}", ""), ("plain", "plain"), ("kind={.kind}!", "kind=List!"),
        ("{$.kind}", "List"),
        ("{.items[0].metadata.labels}", "{\"app.kubernetes.io/name\":\"x\"}"), ("{@.kind}", "List"),
        ("{ .kind }", "List"), ("{.items..metadata.name}", "a b c"),
        ("{.items[2].tags[0,2]}", "p r"),
        ("{range .items[?(@.n>=2)]}[{.n}]{end}", "[2][3.5]"), ("{'x'}", "x"),
        ("{range .items[*]}{range .tags[*]}{@};{end}{end}", "p;q;r;"),
    ])
    func `a template gives kubectl's text`(template: String, text: String) throws {
        #expect(try JSONPath(template).text(of: Self.list) == text)
    }

    @Test(arguments: [
        "{", "{.a", "{.items[}", "{.items[a]}", "{range .a}", "{end}", "{.a[?(@.x==)]}",
        "{.a[?(@.x)}", "{\"x}",
        "{.a[1:2:3:4]}", "{.a[::0]}", "{.a b[}", "{.a[]}",
    ])
    func `a bad template is refused`(template: String) {
        let error = #expect(throws: FormatError.self) { try JSONPath(template) }
        #expect(error?.description.contains("JSONPath") == true)
    }

    @Test func `values of different types cannot be ordered`() throws {
        let path = try JSONPath("{.items[?(@.metadata.name>1)].n}")
        #expect(throws: FormatError.self) { try path.text(of: Self.list) }
    }

    @Test(arguments: [".kind", "{.kind}", "kind"])
    func `relaxed expressions need no braces`(expression: String) throws {
        #expect(try JSONPath(relaxed: expression).values(in: Self.list) == ["List"])
    }
}
