import Testing

@testable import Formats

@Suite("Patches") struct PatchTests {
    // The cases of RFC 7386, appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#), (#"{"a":"foo"}"#, "\"bar\"", "\"bar\""),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
    ])
    func `a merge patch follows the RFC`(value: String, patch: String, result: String) throws {
        #expect(try MergePatch.apply(.parse(patch), to: .parse(value)) == .parse(result))
    }

    @Test(arguments: [
        (#"{"a":1}"#, #"[{"op":"add","path":"/b","value":2}]"#, #"{"a":1,"b":2}"#),
        (#"{"a":[1,3]}"#, #"[{"op":"add","path":"/a/1","value":2}]"#, #"{"a":[1,2,3]}"#),
        (#"{"a":[1]}"#, #"[{"op":"add","path":"/a/-","value":2}]"#, #"{"a":[1,2]}"#),
        (#"{"a":[1,2]}"#, #"[{"op":"remove","path":"/a/0"}]"#, #"{"a":[2]}"#),
        (
            #"{"a":{"b":1}}"#, #"[{"op":"replace","path":"/a/b","value":{"c":2}}]"#,
            #"{"a":{"b":{"c":2}}}"#
        ),
        (
            #"{"a":{"b":1},"c":{}}"#, #"[{"op":"move","from":"/a/b","path":"/c/d"}]"#,
            #"{"a":{},"c":{"d":1}}"#
        ),
        (#"{"a":[1]}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"a":[1],"b":[1]}"#),
        (
            #"{"a/b":1,"m~n":2}"#,
            #"[{"op":"test","path":"/a~1b","value":1.0},{"op":"remove","path":"/m~0n"}]"#,
            #"{"a/b":1}"#
        ),
        (#"{"a":1}"#, #"[{"op":"replace","path":"","value":[]}]"#, "[]"),
        (
            #"{"a":[{"b":1}]}"#, #"[{"op":"add","path":"/a/0/c","value":2}]"#,
            #"{"a":[{"b":1,"c":2}]}"#
        ),
    ])
    func `a JSON patch is applied`(value: String, patch: String, result: String) throws {
        #expect(try JSONPatch(.parse(patch)).apply(to: .parse(value)) == .parse(result))
    }

    @Test(arguments: [
        #"{"op":"add"}"#, #"[{"op":"x","path":"/a"}]"#, #"[{"op":"add","path":"/a"}]"#,
        #"[{"op":"add","path":"a","value":1}]"#,
        #"[{"op":"remove","path":"/x"}]"#, #"[{"op":"replace","path":"/x","value":1}]"#,
        #"[{"op":"add","path":"/l/5","value":1}]"#,
        #"[{"op":"add","path":"/l/01","value":1}]"#, #"[{"op":"test","path":"/a","value":2}]"#,
        #"[{"op":"add","path":"/x/y","value":1}]"#,
        #"[{"op":"move","from":"/o","path":"/o/p"}]"#, #"[{"op":"copy","from":"/x","path":"/y"}]"#,
        #"[{"op":"remove","path":"/a~2"}]"#,
    ])
    func `a bad JSON patch is refused`(patch: String) throws {
        let value: JSON = ["a": 1, "l": [1], "o": ["p": 1]]
        #expect(throws: FormatError.self) { try JSONPatch(.parse(patch)).apply(to: value) }
    }

    static let pod = """
        metadata: {labels: {a: '1', b: '2'}, finalizers: [x, y]}
        spec:
          containers:
          - name: web
            image: one
            env: [{name: A, value: '1'}, {name: B, value: '2'}]
            ports: [{containerPort: 80}]
            args: [p, q]
          - name: side
            image: two
          volumes: [{name: v, emptyDir: {}}]
        """

    @Test(arguments: [
        (
            "spec: {containers: [{name: web, image: new}]}", "spec.containers",
            "[{name: web, image: new, env: [{name: A, value: '1'}, {name: B, value: '2'}], ports: [{containerPort: 80}], args: [p, q]}, {name: side, image: two}]"
        ),
        (
            "spec: {containers: [{name: side, $patch: delete}]}", "spec.containers",
            "[{name: web, image: one, env: [{name: A, value: '1'}, {name: B, value: '2'}], ports: [{containerPort: 80}], args: [p, q]}]"
        ),
        (
            "spec: {containers: [{$patch: replace}, {name: z, image: i, tty: null}]}",
            "spec.containers", "[{name: z, image: i}]"
        ),
        (
            "spec: {$setElementOrder/containers: [{name: new}, {name: side}], containers: [{name: new, image: n}, {name: web, $patch: delete}]}",
            "spec.containers", "[{name: new, image: n}, {name: side, image: two}]"
        ),
        (
            "spec: {containers: [{name: web, env: [{name: A, $patch: delete}, {name: C, value: '3'}], args: [z], ports: null}]}",
            "spec.containers",
            "[{name: web, image: one, env: [{name: B, value: '2'}, {name: C, value: '3'}], args: [z]}, {name: side, image: two}]"
        ),
        ("metadata: {labels: {a: null, c: '3'}}", "metadata.labels", "{b: '2', c: '3'}"),
        ("metadata: {labels: {$patch: replace, c: '3'}}", "metadata.labels", "{c: '3'}"),
        ("metadata: {$deleteFromPrimitiveList/finalizers: [x]}", "metadata.finalizers", "[y]"),
        ("metadata: {finalizers: [z, x]}", "metadata.finalizers", "[x, y, z]"),
        (
            "metadata: {$setElementOrder/finalizers: [z, x, y], finalizers: [z]}",
            "metadata.finalizers", "[z, x, y]"
        ),
        (
            "spec: {volumes: [{name: v, $retainKeys: [name, hostPath], hostPath: {path: /x}}]}",
            "spec.volumes", "[{name: v, hostPath: {path: /x}}]"
        ),
        ("spec: {affinity: {x: null, y: {z: null}}}", "spec.affinity", "{y: {}}"),
    ])
    func `a strategic patch merges by Kubernetes' keys`(patch: String, path: String, result: String)
        throws
    {
        let patched = try StrategicMergePatch().apply(YAML.parse(patch), to: YAML.parse(Self.pod))
        let steps = path.split(separator: ".").map { FieldPath.Step.key(String($0)) }
        #expect(try patched.value(at: FieldPath(steps)) == YAML.parse(result))
    }

    @Test func `elements that only the server has keep their place`() throws {
        let live = try YAML.parse(
            "spec: {containers: [{name: a}, {name: injected}, {name: b}, {name: c}]}"
        )
        let patch = try YAML.parse(
            "spec: {$setElementOrder/containers: [{name: a}, {name: c}, {name: b}]}"
        )
        let result = try StrategicMergePatch().apply(patch, to: live)
        #expect(try JSONPath("{.spec.containers[*].name}").text(of: result) == "a injected c b")
    }

    @Test(arguments: [
        "[]", "spec: {containers: [{image: x}]}", "spec: {containers: [x]}", "{$patch: bogus}",
        "{$bogus: 1}",
        "spec: {volumes: [{name: v, $retainKeys: x}]}",
    ])
    func `a bad strategic patch is refused`(patch: String) throws {
        let value = try YAML.parse(Self.pod)
        #expect(throws: FormatError.self) {
            try StrategicMergePatch().apply(YAML.parse(patch), to: value)
        }
    }
}
