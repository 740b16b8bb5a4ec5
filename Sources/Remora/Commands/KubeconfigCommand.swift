internal import Basics
internal import Formats
internal import Reactor
internal import System

/// `remora kubeconfig`: credentials of the engine in the form that kubectl reads.
@MainLoop struct KubeconfigCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let invocation = context.invocation
        var wish: JSON = ["form": invocation.flag("token") ? "token" : "certificate"]
        if let user = invocation.text("user") { wish["user"] = .string(user) }
        let groups = invocation.texts("group")
        if !groups.isEmpty { wish["groups"] = .strings(groups) }
        if let life = invocation.duration("duration") {
            wish["seconds"] = .int(Int(life.components.seconds))
        }
        let answer = try await context.client.json(
            "POST",
            "/apis/remora/v1/credentials",
            body: wish
        )
        guard let server = invocation.text("server") ?? answer["server"]?.string else {
            throw Failure(
                .unavailable,
                "cannot write a kubeconfig",
                cause: "the engine listens on its socket only",
                remedy: "start it with remora serve --listen 127.0.0.1:0"
            )
        }
        let text = YAML.text(of: document(answer, server), sortedKeys: false)
        guard let path = invocation.text("output"), path != "-" else {
            Console.write(text)
            return 0
        }
        do throws(SystemError) {
            try Files.writeAtomically(path, Array(text.utf8), mode: 0o600)
        } catch { throw Failure("cannot write \(path)", error) }
        return 0
    }

    private func document(_ answer: JSON, _ server: String) -> JSON {
        let name = context.invocation.text("name") ?? "remora"
        let user = "\(answer["user"]?.string ?? name)@\(name)"
        func encoded(_ field: String) -> JSON {
            .string(Base64.encode(Array((answer[field]?.string ?? "").utf8)))
        }
        var credentials: JSON = [:]
        if let token = answer["token"] {
            credentials["token"] = token
        } else {
            credentials["client-certificate-data"] = encoded("certificate")
            credentials["client-key-data"] = encoded("privateKey")
        }
        var place: JSON = ["cluster": .string(name), "user": .string(user)]
        if let namespace = context.invocation.text("namespace") {
            place["namespace"] = .string(namespace)
        }
        return [
            "apiVersion": "v1", "kind": "Config", "preferences": [:],
            "clusters": [
                [
                    "name": .string(name),
                    "cluster": [
                        "server": .string(server),
                        "certificate-authority-data": encoded("certificateAuthority"),
                    ],
                ]
            ],
            "users": [["name": .string(user), "user": credentials]],
            "contexts": [["name": .string(name), "context": place]],
            "current-context": .string(name),
        ]
    }
}
