import Formats
import Testing

@testable import PodModel

@Suite("Server-side apply") struct ServerSideApplyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var kind = "ConfigMap"
        var steps: [OwnershipWorld.Step]
        var object: String
        var owners: [String: [String]]

        init(
            _ name: String,
            kind: String = "ConfigMap",
            _ steps: [OwnershipWorld.Step],
            _ object: String,
            _ owners: [String: [String]]
        ) {
            testDescription = name
            self.kind = kind
            self.steps = steps
            self.object = object
            self.owners = owners
        }
    }

    /// After the cases of structured-merge-diff for plain fields.
    static let plain: [Case] = [
        Case(
            "applied twice",
            [.apply("me", "data: {a: x, b: y}"), .apply("me", "data: {a: z, b: y, c: w}")],
            "data: {a: z, b: y, c: w}",
            ["me": [".data.a", ".data.b", ".data.c"]]
        ),
        Case(
            "applied beside an update",
            [
                .apply("me", "data: {a: x, b: y}"),
                .update("other", "data: {a: x, b: y, c: z}"),
                .apply("me", "data: {a: w, b: y}"),
            ],
            "data: {a: w, b: y, c: z}",
            ["me": [".data.a", ".data.b"], "other": [".data.c"]]
        ),
        Case(
            "a conflict, then force",
            [
                .apply("me", "data: {a: x, b: y}"),
                .update("other", "data: {a: x, b: theirs, c: z}"),
                .apply("me", "data: {a: w, b: mine}", conflicts: ["other: .data.b"]),
                .apply("me", "data: {a: w, b: mine}", isForced: true),
            ],
            "data: {a: w, b: mine, c: z}",
            ["me": [".data.a", ".data.b"], "other": [".data.c"]]
        ),
        Case(
            "what is not applied any more goes",
            [.apply("me", "data: {a: x, b: y, c: z}"), .apply("me", "data: {b: w}")],
            "data: {b: w}",
            ["me": [".data.b"]]
        ),
        Case(
            "what an update took is not removed by leaving it out",
            [
                .apply("me", "data: {a: x}"), .update("other", "data: {a: y}"),
                .apply("me", ""),
            ],
            "data: {a: y}",
            ["other": [".data.a"]]
        ),
        Case(
            "all is left out",
            [.apply("me", "data: {a: x}"), .apply("me", "")],
            "",
            [:]
        ),
        Case(
            "the same value is owned by both",
            [
                .apply("me", "data: {a: x, b: y}"), .apply("you", "data: {a: x}"),
                .apply("me", "data: {b: y}"),
            ],
            "data: {a: x, b: y}",
            ["me": [".data.b"], "you": [".data.a"]]
        ),
        Case(
            "two who apply conflict as well",
            [
                .apply("me", "data: {a: x}"),
                .apply("you", "data: {a: y}", conflicts: ["me: .data.a"]),
                .apply("you", "data: {a: y}", isForced: true),
                .apply("me", "data: {a: x}", conflicts: ["you: .data.a"]),
                .apply("me", "data: {a: y}"),
            ],
            "data: {a: y}",
            ["me": [".data.a"], "you": [".data.a"]]
        ),
        Case(
            "an empty map is a field, a label in it another",
            [
                .apply("me", "metadata: {labels: {}}"),
                .apply("you", "metadata: {labels: {a: b}}"),
            ],
            "metadata: {labels: {a: b}}",
            ["me": [".metadata.labels"], "you": [".metadata.labels.a"]]
        ),
        Case(
            "null is as if it were left out",
            [.apply("me", "data: {a: x}"), .apply("me", "data: {a: null, b: y}")],
            "data: {b: y}",
            ["me": [".data.b"]]
        ),
        Case(
            "the last one who applied takes a map with it",
            [
                .apply("me", "data: {a: x}\nmetadata: {labels: {l: m}}"),
                .apply("you", "data: {b: y}"), .apply("me", "metadata: {labels: {l: m}}"),
                .apply("you", "immutable: true"),
            ],
            "immutable: true\nmetadata: {labels: {l: m}}",
            ["me": [".metadata.labels.l"], "you": [".immutable"]]
        ),
    ]

    /// Lists with keys, sets and whole values.
    static let lists: [Case] = [
        Case(
            "an element that is not applied any more goes",
            kind: "Pod",
            [
                .apply("me", "spec: {containers: [{name: a, image: x}]}"),
                .apply("me", "spec: {containers: [{name: b, image: y}]}"),
            ],
            "spec: {containers: [{name: b, image: y}]}",
            [
                "me": [
                    #".spec.containers[name="b"]"#, #".spec.containers[name="b"].image"#,
                    #".spec.containers[name="b"].name"#,
                ]
            ]
        ),
        Case(
            "others' elements stay, in their order",
            kind: "Pod",
            [
                .apply("me", "spec: {containers: [{name: a, image: x}, {name: c, image: z}]}"),
                .apply("you", "spec: {containers: [{name: b, image: y}]}"),
                .apply(
                    "me",
                    "spec: {containers: [{name: d, image: w}, {name: c, image: z}, {name: a, image: v}]}"
                ),
            ],
            """
            spec:
              containers:
              - {name: d, image: w}
              - {name: c, image: z}
              - {name: a, image: v}
              - {name: b, image: y}
            """,
            [
                "me": container("a") + container("c") + container("d"),
                "you": container("b"),
            ]
        ),
        Case(
            "what an update added to an element goes with it",
            kind: "Pod",
            [
                .apply("me", "spec: {hostname: h, containers: [{name: a, image: x}]}"),
                .update(
                    "other",
                    "spec: {hostname: h, containers: [{name: a, image: x, env: [{name: E, value: v}]}]}"
                ),
                .apply("me", "spec: {hostname: h}"),
            ],
            "spec: {hostname: h}",
            ["me": [".spec.hostname"]]
        ),
        Case(
            "what another applies in an element keeps it",
            kind: "Pod",
            [
                .apply("me", "spec: {containers: [{name: a, image: x, tty: true}]}"),
                .apply("you", "spec: {containers: [{name: a, stdin: true}]}"),
                .apply("me", "spec: {hostname: h}"),
            ],
            "spec: {hostname: h, containers: [{name: a, stdin: true}]}",
            [
                "me": [".spec.hostname"],
                "you": [
                    #".spec.containers[name="a"]"#, #".spec.containers[name="a"].name"#,
                    #".spec.containers[name="a"].stdin"#,
                ],
            ]
        ),
        Case(
            "a key that is left out has its default",
            kind: "Pod",
            [
                .apply("me", "spec: {containers: [{name: a, ports: [{containerPort: 80}]}]}"),
                .apply(
                    "you",
                    "spec: {containers: [{name: a, ports: [{containerPort: 80, protocol: TCP, name: web}]}]}"
                ),
                .apply("me", "spec: {containers: [{name: a}]}"),
                .apply("you", "spec: {hostname: h}"),
            ],
            "spec: {hostname: h, containers: [{name: a}]}",
            [
                "me": [#".spec.containers[name="a"]"#, #".spec.containers[name="a"].name"#],
                "you": [".spec.hostname"],
            ]
        ),
        Case(
            "a set is owned by its values",
            [
                .apply("me", "metadata: {finalizers: [a.b/c, a.b/d]}"),
                .apply("you", "metadata: {finalizers: [a.b/e, a.b/d]}"),
                .apply("me", "metadata: {finalizers: [a.b/c]}"),
                .apply("you", "metadata: {finalizers: [a.b/e]}"),
            ],
            "metadata: {finalizers: [a.b/c, a.b/e]}",
            [
                "me": [#".metadata.finalizers[="a.b/c"]"#],
                "you": [#".metadata.finalizers[="a.b/e"]"#],
            ]
        ),
        Case(
            "a selector and the words of a command are one field",
            kind: "Pod",
            [
                .apply("me", "spec: {nodeSelector: {a: b}, containers: [{name: a, args: [x, y]}]}"),
                .apply(
                    "you",
                    "spec: {nodeSelector: {c: d}, containers: [{name: a, args: [x, z]}]}",
                    conflicts: [
                        "me: .spec.nodeSelector", #"me: .spec.containers[name="a"].args"#,
                    ]
                ),
            ],
            "spec: {nodeSelector: {a: b}, containers: [{name: a, args: [x, y]}]}",
            [
                "me": [
                    #".spec.containers[name="a"]"#, #".spec.containers[name="a"].args"#,
                    #".spec.containers[name="a"].name"#, ".spec.nodeSelector",
                ]
            ]
        ),
        Case(
            "what was scaled is left to whoever scales",
            kind: "Deployment",
            [
                .apply("me", "spec: {replicas: 3, paused: true}"),
                .update("scaler", "spec: {replicas: 5, paused: true}", subresource: "scale"),
                .apply(
                    "me",
                    "spec: {replicas: 3, paused: true}",
                    conflicts: ["scaler: .spec.replicas"]
                ),
                .apply("me", "spec: {paused: true}"),
            ],
            "spec: {replicas: 5, paused: true}",
            ["me": [".spec.paused"], "scaler": [".spec.replicas"]]
        ),
    ]

    private static func container(_ name: String) -> [String] {
        ["", ".image", ".name"].map { ".spec.containers[name=\"\(name)\"]\($0)" }
    }

    @Test(arguments: lists)
    func `lists with keys, sets and whole values`(_ test: Case) throws { try run(test) }

    @Test(arguments: plain)
    func `plain fields`(_ test: Case) throws { try run(test) }

    private func run(_ test: Case) throws {
        var world = OwnershipWorld(kind: test.kind)
        for step in test.steps { try world.take(step) }
        #expect(try world.isLike(test.object), "\(String(describing: world.object))")
        let names = Set(world.managed.entries.keys.map(\.name))
        #expect(names == Set(test.owners.keys))
        for (name, fields) in test.owners { #expect(world.fields(of: name) == fields) }
        let json = world.managed.json
        #expect(try ManagedFields(json: json) == world.managed)
    }

    @Test func `conflicts are told by owner, as kubectl shows them`() throws {
        var world = OwnershipWorld(kind: "Deployment")
        try world.take(.apply("me", "spec: {replicas: 1, paused: true}"))
        try world.take(.update("it", "spec: {replicas: 2, paused: true}", subresource: "scale"))
        do throws(ServerSideApply.Conflicts) {
            _ = try ServerSideApply(kind: "Deployment").apply(
                ["spec": ["replicas": 3, "paused": false]],
                to: world.object,
                world.managed,
                by: .init("you", applies: true, apiVersion: "apps/v1"),
                isForced: false,
                at: ""
            )
            Issue.record("no conflict")
        } catch {
            #expect(
                error.description == """
                    Apply failed with 2 conflicts: conflicts with "it" with subresource "scale" using apps/v1:
                    - .spec.replicas
                    conflicts with "me":
                    - .spec.paused
                    """
            )
            let one = ServerSideApply.Conflicts(all: [error.all[1]])
            #expect(
                one.description
                    == #"Apply failed with 1 conflict: conflict with "me": .spec.paused"#
            )
        }
    }

    @Test func `what client-side apply wrote and nobody changed may be taken over`() {
        let apply = ServerSideApply(kind: "ConfigMap")
        let last = #"{"kind":"ConfigMap","metadata":{"name":"m"},"data":{"a":"x","b":"y","c":"z"}}"#
        let live: JSON = ["data": ["a": "x", "b": "changed", "d": "w"]]
        let fields = apply.fields(ofLastApplied: last, in: live)
        #expect(fields.paths.map { $0.map(\.description).joined() } == [".data.a"])
        #expect(apply.fields(ofLastApplied: "no JSON", in: live).isEmpty)
    }
}
