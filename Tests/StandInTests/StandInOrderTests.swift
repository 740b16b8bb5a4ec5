import Testing

@testable import StandIn

@Suite("Stand-ins, by what decides") struct StandInOrderTests {
    private func role(_ container: StandInRequest) -> String? {
        StandInDecision.make(container).standIn?.role
    }

    @Test
    func `the program comes before the image, the image before files, files before variables`() {
        var container = StandInRequest(
            image: "team/shipper",
            environment: ["FLUENT_ELASTICSEARCH_HOST": "es"]
        )
        #expect(StandInDecision.make(container).standIn?.program == "fluentd")
        container.mounts = ["/etc/envoy"]
        #expect(StandInDecision.make(container).standIn?.program == "envoy")
        container.image = "timberio/vector"
        #expect(StandInDecision.make(container).standIn?.program == "vector")
        container.command = ["haproxy", "-f", "/etc/envoy/h.cfg"]
        let decision = StandInDecision.make(container)
        #expect(
            decision.standIn?.commandLine == ["/usr/local/bin/haproxy", "-f", "/etc/envoy/h.cfg"]
        )
        #expect(
            decision.reasons == [
                "the manifest runs haproxy", "haproxy is what the role proxy stands for",
            ]
        )
    }

    @Test(arguments: [
        (["-c", "/x.conf"], ["-c", "/x.conf"]),
        (["/fluent-bit/bin/fluent-bit", "-c", "/x.conf"], ["-c", "/x.conf"]),
        (["fluent-bit"], []), ([], []),
    ])
    func `arguments may name the image's own program again`(_ args: [String], _ words: [String]) {
        let container = StandInRequest(image: "fluent/fluent-bit", args: args)
        #expect(StandInDecision.make(container).standIn?.words == words)
    }

    @Test(arguments: [
        ("busybox", ["sleep", "3600"], ["/usr/local/bin/sleep", "3600"]),
        ("alpine", ["sh", "-c", "exec sleep infinity"], ["/usr/local/bin/sleep", "infinity"]),
        (
            "curlimages/curl", ["curl", "-o", "/a", "http://b"],
            ["/usr/local/bin/curl", "-o", "/a", "http://b"]
        ),
        ("registry.k8s.io/pause:3.9", [], ["/usr/local/bin/pause"]),
        (
            "alpine", ["/sbin/tini", "-g", "--", "tail", "-F", "/a"],
            ["/usr/local/bin/tail", "-F", "/a"]
        ),
        (
            "envoyproxy/envoy", ["/docker-entrypoint.sh", "envoy", "-c", "/e"],
            ["/usr/local/bin/envoy", "-c", "/e"]
        ),
    ])
    func `what only starts a program is looked through`(
        _ image: String,
        _ command: [String],
        _ line: [String]
    ) {
        let container = StandInRequest(image: image, command: command, mounts: ["/e"])
        #expect(StandInDecision.make(container).standIn?.commandLine == line)
    }

    @Test(arguments: [
        (["nc", "-z", "db", "5432"], "wait"), (["nc", "-vz", "db", "5432"], "wait"),
        (["nc", "-l", "80"], nil), (["nc", "db", "5432"], nil),
        (["/wait-for-it.sh", "db:5432", "-t", "30"], "wait"),
        (["/wait-for-it.sh", "db:5432", "--", "python", "app.py"], nil),
        (["pg_isready", "-h", "db"], "wait"),
    ])
    func `a program that waits is one, unless an application comes after it`(
        _ command: [String],
        _ expected: String?
    ) {
        #expect(role(StandInRequest(image: "myapp", command: command)) == expected)
    }

    @Test func `curl's own image takes its arguments`() {
        let container = StandInRequest(image: "curlimages/curl", args: ["-fsS", "http://a/b"])
        let standIn = StandInDecision.make(container).standIn
        #expect(standIn?.role == "fetch" && standIn?.words == ["-fsS", "http://a/b"])
        #expect(standIn?.user == "100:101")
        #expect(role(StandInRequest(image: "curlimages/curl")) == nil)
    }

    @Test func `a proxy is told the ports that are declared`() {
        let container = StandInRequest(image: "envoy", mounts: ["/certs"], ports: [8443, 9090])
        let environment = StandInDecision.make(container).standIn?.environment
        #expect(environment == ["COMPANION_PORTS": "8443,9090"])
        let logs = StandInRequest(image: "fluentd", ports: [24224])
        #expect(StandInDecision.make(logs).standIn?.environment == [:])
    }

    @Test(arguments: [
        "server { location / { root /www; } }", "server { listen 80; index index.html; }",
        "# proxy_pass http://a;\nserver { listen 80; }", "location /x { fastcgi_pass php; }",
        "server { listen 80; proxy_pass http://a; try_files $uri =404; }", "",
    ])
    func `nginx is let alone as soon as it is more than a proxy`(_ text: String) {
        let path = "/etc/nginx/conf.d/default.conf"
        var container = StandInRequest(
            image: "nginx",
            mounts: ["/etc/nginx/conf.d"],
            files: [path: text]
        )
        #expect(role(container) == nil)
        container.files[path] = "server { listen 80; location / { proxy_pass http://app:80; } }"
        let standIn = StandInDecision.make(container).standIn
        #expect(standIn?.words == ["-c", "/usr/share/companion/nginx.conf"])
        container.files["/etc/nginx/conf.d/b.conf"] = text
        #expect(role(container) == (text.isEmpty || text.hasPrefix("#") ? "proxy" : nil))
    }

    @Test func `an environment that only a helper has says which one is missing`() {
        for (name, program) in [
            ("GIT_SYNC_REPO", "git-sync"), ("GITSYNC_REPO", "git-sync"),
            ("PGBOUNCER_POOL_MODE", "pgbouncer"),
        ] {
            let container = StandInRequest(image: "team/x", environment: [name: "y"])
            #expect(StandInDecision.make(container).reason.contains("(\(program))"))
        }
        let app = StandInRequest(image: "team/x", environment: ["DATABASE_URL": "y"])
        #expect(StandInDecision.make(app).reason.contains("nothing says"))
    }

    @Test(arguments: [
        ("busybox", "echo ran", "wait"), ("busybox", "true", "wait"), ("team/app", "echo ran", nil),
        ("team/app", "true", nil), ("team/app", "timeout 60 myapp", nil),
        ("busybox", "timeout 60 myapp", nil), ("busybox", "exec sleep 60", "sleep"),
        ("team/app", "sleep 60", nil), ("busybox", "sh -c 'echo ran'", "wait"),
        ("busybox", "timeout 60 sh -c 'echo ran'", "wait"), ("busybox", "test", "wait"),
        ("team/app", "nslookup db", "wait"), ("busybox", "date +%Q", nil),
    ])
    func `a script of one command is decided once`(
        _ image: String,
        _ script: String,
        _ expected: String?
    ) {
        let request = StandInRequest(image: image, command: ["sh", "-c", script])
        #expect(role(request) == expected)
    }

    @Test(arguments: [
        "until nslookup db | grep x; do sleep 1; done", "curl -o /a $(jq .x /url)",
        "until nc -u -z db 5432; do sleep 1; done",
    ])
    func `a script that the role could not do is left to its image`(_ script: String) {
        let request = StandInRequest(image: "busybox", command: ["sh", "-c", script])
        let decision = StandInDecision.make(request)
        #expect(decision.standIn == nil, "\(decision.reasons)")
    }
}
