import Formats
import Testing

@testable import ObjectStore

@Suite("Selectors") struct QueryTests {
    static let labels: JSONObject = ["app": "web", "tier": "front", "n": "5", "e": ""]

    @Test(arguments: [
        ("app=web", true), ("app==web", true), ("app!=web", false), ("app=db", false),
        ("app", true), ("!app", false),
        ("old", false), ("!old", true), ("app in (web, db)", true), ("app notin (web)", false),
        ("old notin (x)", true),
        ("old!=x", true), ("app=web,tier=front", true), ("app=web,tier=back", false), ("n>4", true),
        ("n<5", false),
        ("e=", true), ("e in ()", true), ("", true), (" app = web , !old ", true),
        ("a.b/c!=d", true),
    ])
    func `a label selector matches`(text: String, matches: Bool) throws {
        #expect(try LabelQuery(text).matches(Self.labels) == matches)
    }

    @Test(arguments: [
        "=", "a in", "a in (", "a in b", "a,,b", ",a", "a,", "a b", "a>x", "a in (b c)", "!",
        "a=b=c", "a=(b)", "ä=1",
    ])
    func `a bad label selector is refused`(text: String) {
        #expect(throws: FormatError.self) { try LabelQuery(text) }
    }

    @Test(arguments: [
        ("metadata.name=web", true), ("metadata.name!=web", false),
        ("status.phase==Running,metadata.name=web", true),
        ("spec.missing=", true), ("spec.missing!=x", true), ("spec.n=5", true),
        ("spec.t=a\\,b\\=c", true), ("", true),
    ])
    func `a field selector matches`(text: String, matches: Bool) throws {
        let object: JSON = [
            "metadata": ["name": "web"], "status": ["phase": "Running"],
            "spec": ["n": 5, "t": "a,b=c"],
        ]
        #expect(try FieldQuery(text).matches(object) == matches)
        #expect(throws: FormatError.self) { try FieldQuery("name") }
    }

    @Test func `a selector object matches`() throws {
        let selector: JSON = [
            "matchLabels": ["app": "web"],
            "matchExpressions": [
                ["key": "tier", "operator": "In", "values": ["front"]],
                ["key": "x", "operator": "DoesNotExist"],
            ],
        ]
        #expect(try LabelQuery(selector: selector).matches(Self.labels))
        #expect(throws: FormatError.self) {
            try LabelQuery(selector: ["matchExpressions": [["key": "a"]]])
        }
    }
}
