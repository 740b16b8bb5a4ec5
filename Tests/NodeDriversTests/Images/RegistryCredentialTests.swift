import Foundation
import System
import Testing

@testable import NodeDrivers

@Suite struct `Pull secrets` {
    @Test(arguments: [
        ("r.example.com", "r.example.com/x", true),
        ("https://r.example.com/v1/", "r.example.com/x", true),
        ("r.example.com", "r.example.com:5000/x", false),
        ("r.example.com:5000", "r.example.com:5000/x", true),
        ("*.example.com", "r.example.com/x", true),
        ("*.example.com", "a.b.example.com/x", false),
        ("r*.example.com", "r12.example.com/x", true),
        ("r.example.com/team", "r.example.com/team/x", true),
        ("r.example.com/team", "r.example.com/teams/x", false),
        ("r.example.com/team/x", "r.example.com/team/x", true),
        ("https://index.docker.io/v1/", "busybox", true),
        ("docker.io", "library/busybox", true),
        ("docker.io/team", "team/x", true),
        ("docker.io/team", "busybox", false),
        ("localhost:5000", "localhost:5000/x", true),
    ])
    func `match as the kubelet's keyring does`(pattern: String, image: String, matches: Bool) throws
    {
        let credential = RegistryCredential(pattern: pattern, user: "u", password: "p")
        #expect(credential.matches(try #require(ImageReference(image))) == matches)
    }

    @Test func `are read from both types of secret`() throws {
        let auth = Data("user:pa:ss".utf8).base64EncodedString()
        let config =
            #"{"auths":{"r.io":{"auth":"\#(auth)"},"s.io":{"username":"a","password":"b"}}}"#
        let secret = try #require(
            PullSecret(
                name: "s",
                type: "kubernetes.io/dockerconfigjson",
                data: Array(config.utf8)
            )
        )
        #expect(
            secret.credentials == [
                RegistryCredential(pattern: "r.io", user: "user", password: "pa:ss"),
                RegistryCredential(pattern: "s.io", user: "a", password: "b"),
            ]
        )
        let old = #"{"r.io":{"auth":"\#(auth)","email":"x"}}"#
        #expect(
            PullSecret(name: "s", type: "kubernetes.io/dockercfg", data: Array(old.utf8))?
                .credentials == [
                    RegistryCredential(pattern: "r.io", user: "user", password: "pa:ss")
                ]
        )
        #expect(PullSecret(name: "s", type: "Opaque", data: Array(config.utf8)) == nil)
        #expect(PullSecret(name: "s", type: "kubernetes.io/dockerconfigjson", data: [123]) == nil)
    }

    @Test func `give each login once, the most particular first`() throws {
        let general = RegistryCredential(pattern: "r.io", user: "general", password: "1")
        let special = RegistryCredential(pattern: "r.io/team", user: "special", password: "2")
        let other = RegistryCredential(pattern: "s.io", user: "other", password: "3")
        let secrets = [
            PullSecret(name: "a", credentials: [general, other]),
            PullSecret(name: "b", credentials: [general, special]),
        ]
        let image = try #require(ImageReference("r.io/team/x"))
        #expect(secrets.credentials(for: image) == [special, general])
    }

    @Test func `leave no password in what is remembered`() {
        let credential = RegistryCredential(pattern: "r.io", user: "u", password: "hunter2")
        #expect(!credential.fingerprint.contains("hunter2"))
        #expect(credential.fingerprint.count == 32)
        let other = RegistryCredential(pattern: "x", user: "u", password: "hunter3")
        #expect(credential.fingerprint != other.fingerprint)
    }
}

@Suite struct `Failures of skopeo` {
    @Test(arguments: [
        (
            #"reading manifest nope in localhost:5000/x: manifest unknown"#,
            SkopeoFailure.Kind.notFound
        ),
        (#"pinging registry: dial tcp 127.0.0.1:1: connect: connection refused"#, .unreachable),
        (#"dial tcp: lookup nowhere.invalid: no such host"#, .unreachable),
        (#"reading manifest: unauthorized: authentication required"#, .unauthorized),
        (#"writing blob: storing blob: write /x: no space left on device"#, .diskFull),
        (#"http: server gave HTTP response to HTTPS client"#, .insecure),
        (#"received unexpected HTTP status: 503 (Service Unavailable)"#, .overloaded),
        (#"something else"#, .other),
    ])
    func `are classed`(cause: String, kind: SkopeoFailure.Kind) {
        let errors = """
            time="2026-01-01T00:00:00Z" level=warning msg="a warning: unauthorized"
            time="2026-01-01T00:00:00Z" level=fatal msg="initializing source docker://x:1: \(cause) \\"x\\""
            """
        let failure = SkopeoFailure(status: .exited(1), errors: errors)
        #expect(failure.kind == kind)
        #expect(failure.cause == "\(cause) \"x\"")
    }

    @Test func `tell of a kill`() {
        let failure = SkopeoFailure(status: .signalled(9), errors: "")
        #expect(failure.cause.contains("killed by signal 9"))
        #expect(!SkopeoFailure(status: .exited(1), errors: "").cause.isEmpty)
    }
}
