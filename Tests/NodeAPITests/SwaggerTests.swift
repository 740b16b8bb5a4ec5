import Formats
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("OpenAPI 2") struct SwaggerTests {
    let node: TestNode

    init() throws { node = try TestNode() }

    private static let asked = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

    private func definitions() async -> JSON {
        await node.call("GET", "/openapi/v2").json["definitions"] ?? .null
    }

    @Test(arguments: [
        ("io.k8s.api.core.v1.Pod", "", "Pod"),
        ("io.k8s.api.apps.v1.Deployment", "apps", "Deployment"),
        ("io.k8s.api.core.v1.Node", "", "Node"),
        ("io.k8s.api.networking.k8s.io.v1.Ingress", "networking.k8s.io", "Ingress"),
    ])
    func `kinds are found by their group`(name: String, group: String, kind: String) async {
        let schema = await definitions()[name]
        let identity = schema?["x-kubernetes-group-version-kind"]?[0]
        #expect(identity == ["group": .string(group), "version": "v1", "kind": .string(kind)])
        #expect(schema?["properties"]?["metadata"] != nil)
    }

    @Test func `every reference leads somewhere, and every type is there once`() async {
        let definitions = await definitions()
        var references: Set<String> = []
        func walk(_ value: JSON) {
            if let text = value["$ref"]?.string { references.insert(text) }
            for (_, member) in value.object?.members ?? [] { walk(member) }
            for element in value.array ?? [] { walk(element) }
        }
        walk(definitions)
        #expect(references.count > 100)
        for reference in references {
            #expect(reference.hasPrefix("#/definitions/"))
            #expect(definitions[String(reference.dropFirst("#/definitions/".count))] != nil)
        }
        // A kind with two versions has two types.
        let types = (definitions.object?.keys ?? []).map {
            $0.split(separator: ".").suffix(2).joined(separator: ".")
        }
        #expect(Set(types).count == types.count)
    }

    /// Without these keys old clients would send lists whole, and what was removed would stay for ever.
    @Test(arguments: [
        ("PodSpec", "containers", "name", "merge"),
        ("PodSpec", "volumes", "name", "merge,retainKeys"),
        ("Container", "ports", "containerPort", "merge"), ("Container", "env", "name", "merge"),
        ("ServiceSpec", "ports", "port", "merge"), ("PodStatus", "conditions", "type", "merge"),
    ])
    func `lists say how they merge`(type: String, field: String, key: String, how: String) async {
        let definitions = await definitions()
        let schema = definitions["io.k8s.api.core.v1." + type]?["properties"]?[field]
        #expect(schema?["x-kubernetes-patch-merge-key"]?.string == key)
        #expect(schema?["x-kubernetes-patch-strategy"]?.string == how)
    }

    @Test func `kubectl gets the message that it can read`() async throws {
        let reply = await node.send(APIRequest("GET", "/openapi/v2", accept: Self.asked))
        #expect(reply.contentType == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
        let bytes = SwaggerMessage.bytes(OpenAPI.swagger)
        #expect(bytes.count > 50_000 && bytes.count < 1 << 20)
        #expect(bytes.starts(with: [0x0A, 3] + Array("2.0".utf8)))
        // The definitions by their names, and a field of one of them.
        var document = ProtobufReader(bytes[...])
        var names: [String: ArraySlice<UInt8>] = [:]
        while let field = try document.next() {
            guard field.number == 9, case .bytes(let all) = field.value else { continue }
            var list = ProtobufReader(all)
            while case .bytes(let entry)? = try list.next()?.value {
                var pair = ProtobufReader(entry)
                guard case .bytes(let name)? = try pair.next()?.value,
                    case .bytes(let schema)? = try pair.next()?.value
                else { continue }
                names[String(decoding: name, as: UTF8.self)] = schema
            }
        }
        #expect(names.count == (await definitions().object?.count ?? 0))
        var schema = ProtobufReader(try #require(names["io.k8s.api.core.v1.Pod"]))
        var numbers: [Int] = []
        while let field = try schema.next() { numbers.append(field.number) }
        // Description, required fields, type, properties, extension.
        #expect(numbers == [4, 19, 22, 25, 31])
    }

    @Test func `a client that has it is told so`() async {
        let first = await node.call("GET", "/openapi/v2")
        #expect(first.json["swagger"] == "2.0")
        var request = APIRequest("GET", "/openapi/v2", accept: Self.asked)
        request.knownTags = "\"\(OpenAPI.hash)\""
        let second = await node.send(request)
        #expect(second.status == 304 && second.text.isEmpty)
    }

    @Test func `what operations take is told to clients that ask before they use it`() async {
        let paths = await node.call("GET", "/openapi/v2").json["paths"]
        let patch = paths?["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]?["patch"]
        #expect(patch?["x-kubernetes-group-version-kind"]?["kind"] == "Deployment")
        let names = patch?["parameters"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == ["dryRun", "fieldManager", "fieldValidation"])
        #expect(patch?["parameters"]?[0]?["type"] == "string")
    }
}
