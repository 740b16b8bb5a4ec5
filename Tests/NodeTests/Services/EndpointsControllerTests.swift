import Basics
import Formats
import ObjectStore
import Reactor
import Testing

@testable import Node

@MainLoop @Suite("Endpoints controller", .timeLimit(.minutes(1))) struct EndpointsControllerTests {
    private let store: ObjectStore
    private let controller: EndpointsController

    init() throws {
        store = try ObjectStore(path: ":memory:")
        controller = EndpointsController(store, .silent)
    }

    /// Runs the controller for the time of a test.
    private func running(_ body: @MainLoop () async throws -> Void) async throws {
        controller.start()
        defer { controller.stop() }
        try await body()
    }

    /// Lets the loop turn until something holds; the limit of the suite ends it.
    private func until(_ what: () -> Bool) async {
        while !what() { await Task.yield() }
    }

    private func pod(_ name: String, _ address: String, app: String = "web", ready: Bool = true)
        throws
    {
        try store.create("pods", Self.pod(name, address, app, ready))
    }

    private static func pod(_ name: String, _ address: String, _ app: String, _ ready: Bool) -> JSON
    {
        [
            "metadata": ["name": .string(name), "namespace": "n", "labels": ["app": .string(app)]],
            "spec": [:],
            "status": [
                "podIP": .string(address), "phase": "Running",
                "conditions": [["type": "Ready", "status": ready ? "True" : "False"]],
            ],
        ]
    }

    private func service(_ name: String, _ spec: JSON) throws {
        try store.create(
            "services",
            [
                "apiVersion": "v1", "kind": "Service",
                "metadata": ["name": .string(name), "namespace": "n", "labels": ["team": "a"]],
                "spec": spec,
            ]
        )
    }

    static let web: JSON = [
        "type": "ClusterIP", "selector": ["app": "web"],
        "ports": [["port": 80, "protocol": "TCP", "targetPort": 8080]],
    ]

    private func addresses(_ service: String) -> [String] {
        slices(service).flatMap { $0["endpoints"]?.array ?? [] }
            .filter { $0["conditions"]?["ready"]?.bool == true }
            .compactMap { $0["addresses"]?[0]?.string }.sorted()
    }

    private func slices(_ service: String) -> [JSON] {
        store.list(ObjectQuery("endpointslices")).filter {
            $0["metadata"]?["labels"]?["kubernetes.io/service-name"]?.string == service
        }
    }

    private func endpoints(_ name: String) -> JSON? { store.get(ObjectKey("endpoints", "n", name)) }

    @Test func `endpoints follow pods and services`() async throws {
        try pod("a", "10.0.0.1")
        try service("web", Self.web)
        try await running {
            await until { addresses("web") == ["10.0.0.1"] }
            let slice = slices("web")[0]
            #expect(slice["metadata"]?["labels"]?["team"] == "a")
            #expect(slice["metadata"]?["ownerReferences"]?[0]?["kind"] == "Service")
            #expect(
                endpoints("web")?["metadata"]?["labels"]?["endpoints.kubernetes.io/managed-by"]
                    == "endpoint-controller"
            )
            try pod("b", "10.0.0.2", ready: false)
            try pod("c", "10.0.0.3")
            await until { addresses("web") == ["10.0.0.1", "10.0.0.3"] }
            try store.updateStatus("pods", Self.pod("b", "10.0.0.2", "web", true))
            await until { addresses("web") == ["10.0.0.1", "10.0.0.2", "10.0.0.3"] }
            #expect(
                slices("web").count == 1
                    && slices("web")[0]["metadata"]?["name"] == slice["metadata"]?["name"]
            )
            // Out by its labels, and out by its end.
            try store.update("pods", Self.pod("a", "10.0.0.1", "db", true))
            try store.delete(ObjectKey("pods", "n", "c"))
            await until { addresses("web") == ["10.0.0.2"] }
            var other = Self.web
            other["selector"] = ["app": "db"]
            try store.update(
                "services",
                ["metadata": ["name": "web", "namespace": "n"], "spec": other]
            )
            await until { addresses("web") == ["10.0.0.1"] }
            await until { endpoints("web")?["subsets"]?[0]?["addresses"]?[0]?["ip"] == "10.0.0.1" }
            try store.delete(ObjectKey("services", "n", "web"))
            await until { slices("web").isEmpty && endpoints("web") == nil }
        }
    }

    @Test func `what somebody changes is put right`() async throws {
        try pod("a", "10.0.0.1")
        try service("web", Self.web)
        try await running {
            await until { addresses("web") == ["10.0.0.1"] && endpoints("web") != nil }
            var slice = slices("web")[0]
            slice["endpoints"] = []
            try store.update("endpointslices", slice)
            await until { addresses("web") == ["10.0.0.1"] }
            let name = slices("web")[0]["metadata"]?["name"]?.string ?? ""
            try store.delete(ObjectKey("endpointslices", "n", name))
            try store.delete(ObjectKey("endpoints", "n", "web"))
            await until { addresses("web") == ["10.0.0.1"] && endpoints("web") != nil }
            #expect(slices("web").count == 1)
        }
    }

    @Test func `a change that means nothing to services writes nothing`() async throws {
        try pod("a", "10.0.0.1")
        try service("web", Self.web)
        try await running {
            await until { addresses("web") == ["10.0.0.1"] && endpoints("web") != nil }
            let before = store.version
            var pod = Self.pod("a", "10.0.0.1", "web", true)
            pod["status"]?["message"] = "x"
            try store.updateStatus("pods", pod)
            try self.pod("z", "10.0.0.9", app: "z")
            try service("z", ["selector": ["app": "z"], "ports": []])
            await until { !slices("z").isEmpty && endpoints("z") != nil }
            // Two pods' changes, a service, its endpoints and its slice.
            #expect(store.version == before + 5)
        }
    }

    @Test func `endpoints by hand are mirrored, slices by hand are left alone`() async throws {
        try service("by-hand", ["ports": [["port": 80]]])
        try await running {
            try store.create(
                "endpoints",
                [
                    "apiVersion": "v1", "kind": "Endpoints",
                    "metadata": ["name": "by-hand", "namespace": "n"],
                    "subsets": [["addresses": [["ip": "192.0.2.1"]], "ports": [["port": 80]]]],
                ]
            )
            try store.create(
                "endpointslices",
                [
                    "metadata": [
                        "name": "mine", "namespace": "n",
                        "labels": ["kubernetes.io/service-name": "by-hand"],
                    ], "addressType": "IPv4",
                    "endpoints": [["addresses": ["192.0.2.9"], "conditions": ["ready": true]]],
                ]
            )
            await until { addresses("by-hand") == ["192.0.2.1", "192.0.2.9"] }
            try store.update(
                "endpoints",
                ["metadata": ["name": "by-hand", "namespace": "n"], "subsets": []]
            )
            await until { addresses("by-hand") == ["192.0.2.9"] }
            try store.delete(ObjectKey("services", "n", "by-hand"))
            try service("last", Self.web)
            await until { !slices("last").isEmpty }
            #expect(endpoints("by-hand") != nil && slices("by-hand").count == 1)
        }
    }

    @Test func `a change among many services and pods concerns few of them`() async throws {
        for number in 0..<300 {
            var spec = Self.web
            spec["selector"] = ["app": .string("a\(number)")]
            try service("s\(number)", spec)
            try pod("p\(number)", "10.1.\(number / 250).\(number % 250)", app: "a\(number)")
        }
        try await running {
            await until {
                store.count("endpointslices") == 300 && store.count("endpoints") == 300
            }
            let before = store.version
            try store.updateStatus("pods", Self.pod("p7", "10.1.0.7", "a7", false))
            await until { addresses("s7").isEmpty }
            #expect(store.version == before + 3)
        }
    }
}
