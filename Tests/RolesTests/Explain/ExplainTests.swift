import Basics
import Formats
import Reactor
import StandIn
import Testing

@testable import Roles

@Suite("companion explain") @MainLoop struct ExplainTests {
    private static let manifest = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: proxy}
        data:
          site.conf: |
            server { listen 443 ssl; location / { proxy_pass http://localhost:8080; } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              volumes:
              - {name: conf, configMap: {name: proxy}}
              initContainers:
              - {name: wait, image: "busybox:1.36", command: [sh, -c, "until nc -z db 5432; do sleep 1; done"]}
              containers:
              - {name: app, image: "myapp:1"}
              - name: tls
                image: nginx:alpine
                ports: [{containerPort: 443}]
                volumeMounts: [{name: conf, mountPath: /etc/nginx/conf.d}]
        """

    private func invocation(_ words: [String]) throws -> Invocation {
        let program = CommandSpec("companion", summary: "", subcommands: [ExplainRole.role.spec])
        guard case .run(let invocation) = try CommandParser(program).parse(["explain"] + words)
        else { throw Failure(.invalid, "help") }
        return invocation
    }

    private func answers(_ words: [String]) throws -> [ExplainAnswer] {
        try ExplainRequest.containers(try invocation(words)) { path throws(Failure) in
            guard path == "web.yaml" else { throw Failure(.notFound, "cannot read \(path)") }
            return Array(Self.manifest.utf8)
        }
        .map { ExplainAnswer($0) }
    }

    @Test func `a container by its parts`() throws {
        let answer = try #require(
            try answers([
                "--image", "envoyproxy/envoy:v1.30", "--arg", "-c", "--arg", "/a b.yaml", "--port",
                "8443", "--mount", "/etc/certs/", "--mount", "/a b.yaml",
            ]).first
        )
        #expect(
            answer.text == """
                image    envoyproxy/envoy:v1.30
                role     proxy
                runs     /usr/local/bin/envoy -c '/a b.yaml'
                env      COMPANION_PORTS=8443
                because  the image is called envoy
                         envoy is what the role proxy stands for

                """
        )
        #expect(answer.json["command"]?[2]?.string == "/a b.yaml")
        #expect(answer.json["role"]?.string == "proxy")
    }

    @Test func `the containers of a workload with what its ConfigMaps say`() throws {
        let all = try answers(["-f", "web.yaml"])
        #expect(all.map { $0.decision.standIn?.role } == ["wait", nil, "proxy"])
        #expect(
            all[1].text.hasPrefix(
                "Deployment web, container app\nimage    myapp:1\nrole     none\n"
            )
        )
        #expect(all[1].json["role"]?.isNull == true)
        #expect(all[2].decision.reasons[1].contains("/etc/nginx/conf.d/site.conf"))
        #expect(try answers(["-f", "web.yaml", "-c", "tls"]).count == 1)
    }

    @Test(arguments: [
        ([], "give --image NAME"), (["-c", "x"], "give it with -f FILE"),
        (["-f", "web.yaml", "--image", "x"], "exclude each other"),
        (["-f", "web.yaml", "-c", "x"], "no pod in it has a container \"x\""),
        (["-f", "no.yaml"], "cannot read no.yaml"),
        (["--image", "x", "--env", "=v"], "not of the form NAME=VALUE"),
        (["--image", "x", "--mount", "etc"], "no path from the root on"),
        (["--image", "x", "--port", "70000"], "ports are 1 to 65535"),
        (["--image", "x", "--file", "/etc/x"], "not of the form PATH=FILE"),
    ])
    func `bad words get one sentence`(_ words: [String], _ sentence: String) throws {
        do throws(Failure) {
            _ = try ExplainRequest.containers(
                try { () throws(Failure) in
                    do { return try invocation(words) } catch {
                        throw Failure(.invalid, "\(error)")
                    }
                }()
            ) { path throws(Failure) in
                guard path == "web.yaml" else { throw Failure(.notFound, "cannot read \(path)") }
                return Array(Self.manifest.utf8)
            }
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(sentence))
        }
    }
}
