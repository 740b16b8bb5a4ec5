import Basics
import Formats
import HTTP
import Reactor
import Security
import System
import TestKit
import Testing

@testable import Roles

@Suite("Vault, git, S3 and registries", .serialized) struct FetchSourcesEndToEndTests {
    // MARK: Vault

    @MainLoop private func vault(_ server: FetchServer) -> [String: String] {
        ["VAULT_ADDR": server.url(""), "VAULT_TOKEN": "t0ken", "VAULT_NAMESPACE": "team"]
    }

    @Test @MainLoop func `secrets of both versions come in every form`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve(
            "/v1/sys/internal/ui/mounts/secret",
            .init(
                200,
                #"{"data":{"options":{"version":"2"},"type":"kv"}}"#
            )
        )
        server.serve("/v1/sys/internal/ui/mounts/old", .init(200, #"{"data":{"options":null}}"#))
        server.serve(
            "/v1/secret/data/app/db",
            .init(
                200,
                #"{"data":{"data":{"user":"u","pass-word":"it's"},"metadata":{"version":3}}}"#
            )
        )
        server.serve("/v1/old/x", .init(200, #"{"data":{"only":"one"}}"#))
        let path = folder.file("f")
        _ = try await FetchEndToEndTests.fetch(
            ["-o", path, "vault:secret/app/db#user"],
            vault(server)
        )
        #expect(try Files.text(path) == "u")
        #expect(try Files.stat(path).mode == 0o600)
        #expect(server.asked.last?.headers["X-Vault-Token"] == "t0ken")
        #expect(server.asked.last?.headers["X-Vault-Namespace"] == "team")
        _ = try await FetchEndToEndTests.fetch(
            ["-o", path, "--format", "env", "vault:secret/app/db"],
            vault(server)
        )
        #expect(try Files.text(path) == "pass_word='it'\\''s'\nuser='u'\n")
        _ = try await FetchEndToEndTests.fetch(
            ["-o", path, "--format", "raw", "vault:old/x"],
            vault(server)
        )
        #expect(try Files.text(path) == "one")
        _ = try await FetchEndToEndTests.fetch(["-o", path, "vault:old/x"], vault(server))
        #expect(try JSON.parse(Files.text(path))["only"]?.string == "one")
    }

    @Test @MainLoop func `a pod logs in with its service account`() async throws {
        let folder = try TemporaryDirectory()
        let account = try folder.write("jwt\n", to: "token")
        let server = try FetchServer()
        server.serve("/v1/auth/k8s/login", .init(200, #"{"auth":{"client_token":"given"}}"#))
        server.serve("/v1/secret/data/a", .init(200, #"{"data":{"data":{"k":"v"}}}"#))
        _ = try await FetchEndToEndTests.fetch(
            [
                "-o", folder.file("f"), "--vault-role", "app", "--vault-login", "k8s",
                "--vault-account", account, "--vault-kv", "2", "vault:secret/a#k",
            ],
            ["VAULT_ADDR": server.url("")]
        )
        #expect(try folder.text(of: "f") == "v")
        let login = try JSON.parse(server.asked[0].body)
        #expect(login["role"]?.string == "app")
        #expect(login["jwt"]?.string == "jwt")
        #expect(server.asked[1].headers["X-Vault-Token"] == "given")
    }

    @Test(
        arguments: [
            (503, "Vault is sealed", 2), (403, "Vault forbids it", 1), (404, "nothing there", 1),
        ]
    ) @MainLoop
    func `what Vault refuses is told`(_ status: Int, _ word: String, _ tries: Int) async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/v1/secret/data/a", .init(status, #"{"errors":["said so"]}"#))
        let error = await #expect(throws: WebFailure.self) {
            try await FetchEndToEndTests.fetch(
                ["-o", folder.file("f"), "--vault-kv", "2", "--tries", "2", "vault:secret/a"],
                vault(server)
            )
        }
        #expect(error?.description.contains(word) == true, "\(error!)")
        #expect(error?.description.contains("said so") == true)
        #expect(server.asked.count == tries)
        #expect(try Files.list(folder.path) == [])
    }

    @Test @MainLoop func `without a token or an address the reason is told`() async throws {
        for environment in [["VAULT_ADDR": "http://127.0.0.1:1"], ["VAULT_TOKEN": "t"]] {
            let error = await #expect(throws: WebFailure.self) {
                try await FetchEndToEndTests.fetch(
                    ["-o", "/tmp/never", "--tries", "1", "vault:secret/a"],
                    environment
                )
            }
            #expect(error?.description.contains("VAULT_") == true)
        }
    }

    // MARK: git

    @Test @MainLoop func `a tree of a repository comes without its history`() async throws {
        let folder = try TemporaryDirectory()
        let work = folder.file("work")
        try folder.write("one", to: "work/conf/a")
        try folder.write("top", to: "work/b")
        func git(_ words: String...) async throws {
            let done = try await TestProgram.run(
                "git",
                ["-c", "user.name=t", "-c", "user.email=t@t", "-C", work] + words
            )
            #expect(done.succeeded, "\(done.errors)")
        }
        try await git("init", "-q", "-b", "main")
        try await git("add", ".")
        try await git("commit", "-q", "-m", "one")
        try await git("tag", "v1")
        try folder.write("two", to: "work/conf/a")
        try await git("commit", "-q", "-a", "-m", "two")
        let tree = folder.file("tree")
        _ = try await FetchEndToEndTests.fetch(["-o", tree, "git:file://\(work)#v1:conf"])
        #expect(try folder.text(of: "tree/a") == "one")
        #expect(try Files.list(tree) == ["a"])
        _ = try await FetchEndToEndTests.fetch(["-o", tree, "git:file://\(work)#main"])
        #expect(try Files.list(tree) == ["b", "conf"])
        #expect(try folder.text(of: "tree/conf/a") == "two")
        let error = await #expect(throws: WebFailure.self) {
            try await FetchEndToEndTests.fetch(["-o", tree, "git:file://\(work)#nothing"])
        }
        #expect(error?.kind == .content, "\(error!)")
        #expect(try Files.list(folder.path) == ["tree", "work"])
    }

    // MARK: S3

    @Test @MainLoop func `requests for objects are signed`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/bucket/a%20b/c", .init(200, "object"))
        server.serve("/bucket/a b/c", .init(200, "object"))
        let keys = [
            "AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "S", "AWS_REGION": "eu-west-1",
        ]
        _ = try await FetchEndToEndTests.fetch(
            ["-o", folder.file("f"), "--s3-endpoint", server.url(""), "s3://bucket/a b/c"],
            keys
        )
        #expect(try folder.text(of: "f") == "object")
        let value = server.asked[0].headers["Authorization"] ?? ""
        #expect(value.hasPrefix("AWS4-HMAC-SHA256 Credential=AK/"))
        #expect(
            value.contains("/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;")
        )
    }

    @Test func `an object's place depends on the bucket's name`() throws {
        var settings = FetchSettings.S3()
        func place(_ bucket: String) throws -> String {
            "\(try S3Object.address(bucket, "k y/z", settings))"
        }
        #expect(try place("b") == "https://b.s3.us-east-1.amazonaws.com/k%20y/z")
        #expect(try place("b.c") == "https://s3.us-east-1.amazonaws.com/b.c/k%20y/z")
        settings.endpoint = try WebAddress("http://minio:9000/")
        #expect(try place("b") == "http://minio:9000/b/k%20y/z")
        settings.pathStyle = false
        #expect(try place("b") == "http://b.minio:9000/k%20y/z")
    }

    // MARK: Registries

    @Test @MainLoop func `a layer of an artifact comes with a token and is what its digest says`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        let layer = "layer content"
        let digest = "sha256:" + SHA256.hexadecimal(of: Array(layer.utf8))
        let manifest = """
            {"layers":[{"mediaType":"text/plain","digest":"\(digest)","size":13,\
            "annotations":{"org.opencontainers.image.title":"app.conf"}},\
            {"mediaType":"other","digest":"sha256:\(String(repeating: "0", count: 64))"}]}
            """
        let realm = server.url("/token")
        let challenge = "Bearer realm=\"\(realm)\",service=\"r\",scope=\"repository:a/b:pull\""
        server.serve(
            "/v2/a/b/manifests/v1",
            .init(401, "", ["WWW-Authenticate": challenge]),
            .init(200, manifest)
        )
        server.serve("/token", .init(200, #"{"token":"T"}"#))
        server.serve("/v2/a/b/blobs/" + digest, .init(200, layer))
        let host = server.url("").dropFirst("http://".count)
        let words = ["-o", folder.file("f"), "oci+http://\(host)/a/b:v1#app.conf"]
        _ = try await FetchEndToEndTests.fetch(words)
        #expect(try folder.text(of: "f") == layer)
        #expect(server.asked.last?.headers["Authorization"] == "Bearer T")
        server.serve("/v2/a/b/blobs/" + digest, .init(200, "something else"))
        let error = await #expect(throws: WebFailure.self) {
            try await FetchEndToEndTests.fetch(words)
        }
        #expect(error?.description.contains("is not what its digest says") == true)
        #expect(try folder.text(of: "f") == layer)
    }

    @Test func `the layer that is meant is found, or the choice is told`() throws {
        let layers = [
            OCIArtifact.Layer(mediaType: "m", digest: "d1", size: 1, title: "a"),
            OCIArtifact.Layer(mediaType: "n", digest: "d2", size: 1, title: nil),
        ]
        #expect(try OCIArtifact.choose(layers, "a", "x").digest == "d1")
        #expect(try OCIArtifact.choose(layers, "n", "x").digest == "d2")
        #expect(try OCIArtifact.choose([layers[1]], nil, "x").digest == "d2")
        let error = #expect(throws: WebFailure.self) { try OCIArtifact.choose(layers, nil, "x") }
        #expect(error?.description.contains("a, n") == true)
    }

    @Test(
        arguments: [
            ("Bearer realm=\"http://a?x=1,2\",service=s", "bearer", "http://a?x=1,2"),
            ("Basic realm=\"r\"", "basic", "r"), ("Bearer", "bearer", nil), ("", "", nil),
            ("Bearer realm=\"open", "bearer", "open"),
        ] as [(String, String, String?)]
    )
    func `challenges are read`(_ text: String, _ scheme: String, _ realm: String?) {
        let found = OCIArtifact.challenge(text)
        #expect(found.scheme == scheme)
        #expect(found.fields["realm"] == realm)
    }
}
