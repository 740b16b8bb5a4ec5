import Basics
import Reactor
import Security
import System
import Testing

@testable import Roles

@Suite("Flags of other reloaders") struct ReloadWordsTests {
    @MainLoop static func settings(
        _ program: String,
        _ words: [String],
        _ environment: [String: String] = [:]
    ) throws -> ReloadSettings {
        let own = try ReloadRole.role.translate(program, words)
        let parser = CommandParser(
            CommandSpec(
                "companion",
                summary: "",
                subcommands: [
                    ReloadRole.role.spec
                ]
            )
        )
        guard case .run(let invocation) = try parser.parse(["reload"] + own) else {
            throw Failure(.invalid, "help")
        }
        return try ReloadSettings(invocation, files: FileAccess(), environment: environment)
    }

    @Test(arguments: ["-", "--"]) @MainLoop
    func `configmap-reload's flags work with one dash and with two`(_ dash: String) throws {
        let found = try Self.settings(
            "configmap-reload",
            [
                dash + "volume-dir=/config", dash + "volume-dir", "/more/",
                dash + "webhook-url=http://u:p@localhost:80/-/reload",
                dash + "webhook-url", "http://b:1/x", dash + "webhook-method=PUT",
                dash + "webhook-status-code=204", dash + "webhook-retries=3",
                dash + "web.listen-address=:9999", dash + "web.telemetry-path=/m",
            ]
        )
        #expect(found.scope.trees == ["/config", "/more"])
        #expect(
            found.deeds.map { "\($0)" } == ["PUT http://localhost/-/reload", "PUT http://b:1/x"]
        )
        guard case .webhook(let hook) = found.deeds[0] else { throw Failure(.invalid, "no hook") }
        #expect(hook.address.user == "u")
        #expect(hook.statuses == [204])
        #expect(found.rules.tries == 3)
        #expect(found.rules.backoff.initial == .seconds(10))
        #expect(found.listen == ListenAddress(host: "0.0.0.0", port: 9999))
        #expect(found.telemetryPath == "/m")
        #expect(!found.rules.actsAtStart)
    }

    @Test @MainLoop func `configmap-reload's defaults hold`() throws {
        let found = try Self.settings(
            "configmap-reload",
            ["--volume-dir=/config", "--webhook-url=http://localhost:80/-/reload"]
        )
        guard case .webhook(let hook) = found.deeds[0] else { throw Failure(.invalid, "no hook") }
        #expect(hook.method == "POST")
        #expect(hook.statuses == [200])
        #expect(found.rules.tries == 1)
        #expect(found.listen == ListenAddress(host: "0.0.0.0", port: 9533))
        #expect(found.telemetryPath == "/metrics")
    }

    @Test @MainLoop func `prometheus-config-reloader's flags work`() throws {
        let found = try Self.settings(
            "prometheus-config-reloader",
            [
                "--config-file=/in/prometheus.yaml.gz", "--config-envsubst-file", "/out/p.yaml",
                "--watched-dir=/rules", "--watched-dir=/more",
                "--reload-url=http://p:9090/-/reload",
                "--delay-interval=2s", "--watch-interval=1m", "--retry-interval=3s",
                "--reload-timeout=9s", "--listen-address=:8080", "--log-level=warn",
                "--log-format=logfmt", "--auto-gomemlimit-ratio=0.5",
            ],
            ["POD_NAME": "prometheus-k8s-12"]
        )
        #expect(found.renderings.map(\.source) == ["/in/prometheus.yaml.gz"])
        #expect(found.renderings.map(\.target) == ["/out/p.yaml"])
        #expect(found.renderings.map(\.style) == [.parentheses])
        #expect(found.scope.trees == ["/rules", "/more"])
        #expect(found.pace.quiet == .seconds(2))
        #expect(found.pace.interval == .seconds(60))
        #expect(found.rules.backoff.initial == .seconds(3))
        #expect(found.rules.tries == 0)
        #expect(found.rules.actsAtStart)
        #expect(found.readiness == .success)
        #expect(found.variables["STATEFULSET_ORDINAL_NUMBER"] == "12")
        guard case .webhook(let hook) = found.deeds[0] else { throw Failure(.invalid, "no hook") }
        #expect(hook.timeout == .seconds(9))
        #expect(hook.tls.verification == .none)
    }

    @Test @MainLoop func `prometheus-config-reloader signals and runs once`() throws {
        let found = try Self.settings(
            "prometheus-config-reloader",
            [
                "--config-file=/in/a", "--reload-method=signal", "--process-executable-name=prom",
                "--runtimeinfo-url=http://x/y", "--watch-interval=0",
                "--statefulset-ordinal-from-envvar=WHO",
            ],
            ["WHO": "none"]
        )
        guard case .signal(let signal) = found.deeds[0] else { throw Failure(.invalid, "none") }
        #expect(signal.target == .name("prom"))
        #expect(signal.number == Signals.number(of: "HUP"))
        #expect(signal.verification.map { "\($0)" } == "http://x/y")
        #expect(found.rules.isOnce)
        #expect(found.scope.files == ["/in/a"])
        #expect(found.variables["STATEFULSET_ORDINAL_NUMBER"] == "")
    }

    @Test(
        arguments: [
            ("configmap-reload", ["-webhook-urls=x"]), ("configmap-reload", ["-volume-dir"]),
            ("prometheus-config-reloader", ["--confg-file=x"]),
        ]
    ) @MainLoop
    func `a flag that is not known is refused`(_ program: String, _ words: [String]) {
        #expect(throws: (any Error).self) { try Self.settings(program, words) }
    }

    @Test(
        arguments: [
            ("configmap-reload", ["-webhook-url=http://x"], "-volume-dir is missing"),
            ("configmap-reload", ["-volume-dir=/x"], "-webhook-url is missing"),
            (
                "configmap-reload",
                ["-volume-dir=/x", "-webhook-url=http://x", "-webhook-retries=abc"],
                "-webhook-retries: \"abc\""
            ),
            (
                "configmap-reload",
                ["-volume-dir=/x", "-webhook-url=http://x", "-webhook-retries=0"],
                "no request is ever made"
            ),
            (
                "configmap-reload",
                ["-volume-dir=/x", "-webhook-url=http://x", "-webhook-status-code=ok"],
                "-webhook-status-code: \"ok\""
            ),
            (
                "prometheus-config-reloader", ["--watched-dir=/x", "--reload-method=smoke"],
                "--reload-method: \"smoke\""
            ),
            (
                "prometheus-config-reloader", ["--watched-dir=/x", "--auto-gomemlimit-ratio=7"],
                "--auto-gomemlimit-ratio: \"7\""
            ),
            (
                "prometheus-config-reloader", ["--watched-dir=/x", "--log-level=loud"],
                "--log-level: \"loud\""
            ),
            (
                "prometheus-config-reloader", ["--watched-dir=/x", "--watch-interval=soon"],
                "--watch-interval: \"soon\""
            ),
        ]
    ) @MainLoop
    func `a value that makes no sense is told under the flag's own name`(
        _ program: String,
        _ words: [String],
        _ text: String
    ) {
        let error = #expect(throws: Failure.self) { try Self.settings(program, words) }
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: ["0", "0s", "0h0m0s"]) @MainLoop
    func `a watch interval of nothing means once`(_ text: String) throws {
        let words = ["--watched-dir=/x", "--watch-interval", text]
        #expect(try Self.settings("prometheus-config-reloader", words).rules.isOnce)
        let hook = ["-volume-dir=/x", "-webhook-url=http://x", "-webhook-retries=-1"]
        #expect(try Self.settings("configmap-reload", hook).rules.tries == 0)
    }

    @Test @MainLoop func `help is help`() throws {
        #expect(try ReloadRole.role.translate("configmap-reload", ["-help"]) == ["--help"])
        #expect(try ReloadRole.role.translate("reload", ["--dir", "/x"]) == ["--dir", "/x"])
    }
}
