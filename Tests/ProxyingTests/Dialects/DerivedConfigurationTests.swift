import Basics
import Proxying
import Testing

@Suite("Configurations that nobody wrote") struct DerivedConfigurationTests {
    @Test func `one line is enough for a start`() throws {
        let derived = try QuickStart.configuration(of: [
            "8080=http://localhost:9000", "127.0.0.1:8443=https://api.example.com/v1",
            "5432=tcp://db:5432",
        ])
        let configuration = derived.configuration
        #expect(
            configuration.listeners.map(\.address) == [
                HostPort(host: "0.0.0.0", port: 8080), HostPort(host: "127.0.0.1", port: 8443),
                HostPort(host: "0.0.0.0", port: 5432),
            ]
        )
        #expect(
            configuration.clusters.map(\.name) == [
                "localhost:9000", "https://api.example.com:443", "db:5432",
            ]
        )
        #expect(
            derived.sentences == [
                "0.0.0.0:8080 goes to localhost:9000",
                "127.0.0.1:8443 goes to https://api.example.com:443",
                "0.0.0.0:5432 goes to db:5432",
            ]
        )
        guard case .http(let second) = configuration.listeners[1].chains[0].handler,
            case .forward(let action) = second.routes.hosts[0].routes[0].action
        else {
            Issue.record("the second is not forwarded")
            return
        }
        #expect(action.hostRewrite == .literal("api.example.com"))
        #expect(action.pathRewrite == .prefix("/v1/"))
    }

    @Test(arguments: ["8080", "x=y:1", "8080=", "8080=ftp://a", "99999=a:1"])
    func `a line that says nothing is refused`(text: String) {
        #expect(throws: Failure.self) { _ = try QuickStart.configuration(of: [text]) }
    }

    @Test func `a gateway is told everything by its environment`() throws {
        let derived = try #require(
            try GatewayEnvironment.configuration(
                [
                    "GATEWAY_UPSTREAM": "app:8080", "GATEWAY_API_KEYS": "web:k1, k2",
                    "GATEWAY_JWT_ISSUER": "https://idp", "GATEWAY_JWT_JWKS": "https://idp/keys",
                    "GATEWAY_RATE": "100/s;burst=200;key=header:X-User",
                ],
                ports: [9090]
            )
        )
        #expect(derived.configuration.listeners[0].address.port == 9090)
        #expect(derived.configuration.clusters.map(\.name) == ["app:8080", "https://idp:443"])
        guard case .http(let http) = derived.configuration.listeners[0].chains[0].handler else {
            Issue.record("it is no HTTP")
            return
        }
        guard http.filters.count == 3, case .apiKey(let keys) = http.filters[0],
            case .token(let token) = http.filters[1], case .rateLimit(let rate) = http.filters[2]
        else {
            Issue.record("the filters are \(http.filters)")
            return
        }
        #expect(keys.keys == [.inline("web:k1\nk2")])
        #expect(token.providers[0].issuer == "https://idp")
        #expect(rate.bucket?.maximum == 200)
        #expect(rate.key == .header("x-user"))
        let open = http.routes.hosts[0].routes.filter(\.filters.skipsAuthentication)
        #expect(open.map(\.match.path).contains(.exact("/health")))
    }

    @Test(arguments: [
        (
            ["GATEWAY_RATE": "fast"],
            "GATEWAY_RATE: \"fast\" is no rate; write 100/s, 60/m or 1000/h"
        ),
        (
            ["GATEWAY_JWT_ISSUER": "https://idp"],
            "GATEWAY_JWT_ISSUER is set, but nothing says where the issuer's keys are; "
                + "set GATEWAY_JWT_JWKS to a URL, a file or the keys"
        ),
        (
            ["GATEWAY_UPSTREAM": "a b"],
            "GATEWAY_UPSTREAM: \"a b\" leads nowhere; write app:8080 or https://api.example.com"
        ),
    ])
    func `a wrong variable of the gateway is named`(
        environment: [String: String],
        message: String
    ) {
        #expect(throws: Failure.self) {
            do {
                _ = try GatewayEnvironment.configuration(environment)
            } catch {
                #expect("\(error)" == message)
                throw error
            }
        }
    }

    @Test(arguments: [
        (["PGHOST": "db"], ["db:5432"]),
        (["PGHOST": "db", "PGPORT": "6000"], ["db:6000"]),
        (["POSTGRES_HOST": "10.0.0.1"], ["10.0.0.1:5432"]),
        (
            ["DATABASE_URL": "postgres://u:p@db.example.com/app?sslmode=require"],
            ["db.example.com:5432"]
        ),
        (["DATABASE_URL": "postgresql://u:p%40:x@db:7000/app"], ["db:7000"]),
        (["PGHOST": "a,b:5433"], ["a:5432", "b:5433"]),
    ])
    func `the database is found in the environment`(
        environment: [String: String],
        servers: [String]
    ) throws {
        let derived = try #require(try DatabaseEnvironment.configuration(environment))
        let found = derived.configuration.clusters[0].endpoints.map(\.address.description)
        #expect(found == servers)
        #expect(derived.configuration.listeners.map(\.address.port) == [5432])
    }

    @Test func `replicas have a port, and any server may become the primary`() throws {
        let environment = ["PGHOST": "a", "PG_REPLICAS": "b, c:5433", "PGUSER": "check"]
        let derived = try #require(try DatabaseEnvironment.configuration(environment))
        let configuration = derived.configuration
        #expect(configuration.listeners.map(\.address.port) == [5432, 5433])
        for cluster in configuration.clusters {
            #expect(cluster.endpoints.map(\.address.description) == ["a:5432", "b:5432", "c:5433"])
            #expect(cluster.closesUnhealthy)
        }
        #expect(
            configuration.clusters.map { $0.healthChecks[0].check } == [
                .postgres(user: "check", role: .primary), .postgres(user: "check", role: .standby),
            ]
        )
    }

    @Test(arguments: [
        (["DATABASE_URL": "postgres://u:p%40:x@a,b/app?x=1"], "u", "p@:x", "app"),
        (["DATABASE_URL": "postgres://a,b", "PGPASSWORD": "y"], "postgres", "y", nil as String?),
        (["PGHOST": "a,b", "PGPASSWORD": "y", "PGDATABASE": "d", "PGUSER": "v"], "v", "y", "d"),
    ])
    func `checks of a role log in as the environment says`(
        _ environment: [String: String],
        _ user: String,
        _ password: String,
        _ database: String?
    ) throws {
        let derived = try #require(try DatabaseEnvironment.configuration(environment))
        let check = derived.configuration.clusters[0].healthChecks[0].check
        let wanted = HealthCheckSettings.Check.postgres(
            user: user,
            role: .primary,
            password: password,
            database: database
        )
        #expect(check == wanted)
    }

    @Test func `an ambassador does not lead to itself`() {
        #expect(throws: Failure.self) {
            _ = try DatabaseEnvironment.configuration(["PGHOST": "localhost"])
        }
    }

    @Test(arguments: [
        (["/etc/certs/tls.crt", "/etc/certs/tls.key", "/etc/certs/ca.crt"], "/etc/certs/tls.crt"),
        (["/c/fullchain.pem", "/c/privkey.pem"], "/c/fullchain.pem"),
        (["/c/site.example.crt", "/c/site.example.key"], "/c/site.example.crt"),
        (["/c/a.pem", "/c/a-key.pem"], "/c/a.pem"),
    ])
    func `certificates and a port mean TLS for the application`(
        files: [String],
        chain: String
    ) throws {
        let derived = try #require(
            CertificateFallback.configuration(
                files: files,
                environment: ["PORT": "9000"],
                ports: [8443]
            )
        )
        let listener = derived.configuration.listeners[0]
        #expect(listener.address == HostPort(host: "0.0.0.0", port: 8443))
        #expect(listener.chains[0].tls?.certificates[0].chain == .file(chain))
        #expect(derived.configuration.clusters.map(\.name) == ["localhost:9000"])
        #expect(
            derived.sentences == [
                "THERE IS NO CONFIGURATION, but a certificate at \(chain): TLS is taken off on port 8443,"
                    + " and requests are sent to the application on localhost:9000"
            ]
        )
    }

    @Test(arguments: [[], ["/c/ca.crt"], ["/c/tls.crt"], ["/a/tls.crt", "/b/tls.key"]])
    func `a certificate without its key means nothing`(files: [String]) {
        #expect(
            CertificateFallback.configuration(files: files, environment: [:], ports: []) == nil
        )
    }
}
