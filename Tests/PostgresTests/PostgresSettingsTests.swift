import Basics
import Security
import System
import TestKit
import Testing

@testable import Postgres

@Suite("PostgreSQL's URLs and conninfo texts") struct PostgresSettingsTests {
    /// What a text means, in one line.
    private static func shown(_ text: String) throws -> String {
        let settings = try PostgresSettings(text, others: ["role"])
        var words = settings.hosts.isEmpty ? [] : settings.servers().map(\.description)
        if let port = settings.port, settings.hosts.isEmpty { words.append("port=\(port)") }
        let facts: [(String, String?)] = [
            ("user", settings.user), ("password", settings.password), ("db", settings.database),
            ("ssl", settings.sslMode?.rawValue), ("root", settings.rootCertificate),
            ("app", settings.application), ("target", settings.target?.rawValue),
            ("timeout", settings.connectTimeout.map { "\($0.components.seconds)" }),
            ("options", settings.options), ("role", settings.others["role"]),
        ]
        words += facts.compactMap { name, value in value.map { "\(name)=\($0)" } }
        words += settings.withoutEffect
        return words.joined(separator: " ")
    }

    @Test(arguments: [
        ("postgres://", ""), ("postgresql://", ""), ("postgresql://localhost", "localhost:5432"),
        ("postgresql://localhost:5433", "localhost:5433"),
        ("postgresql://localhost/mydb", "localhost:5432 db=mydb"),
        ("postgresql://user@localhost", "localhost:5432 user=user"),
        ("postgresql://user:secret@localhost", "localhost:5432 user=user password=secret"),
        (
            "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
            "localhost:5432 user=other db=otherdb app=myapp timeout=10"
        ),
        (
            "postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=a",
            "host1:123 host2:456 db=somedb app=a target=any"
        ),
        (
            "postgres://u:p%40s%3As@h/d?sslmode=require",
            "h:5432 user=u password=p@s:s db=d ssl=require"
        ),
        ("postgres://u:a:b@h", "h:5432 user=u password=a:b"),
        ("postgres://u:a@b@h", "h:5432 user=u password=a@b"),
        ("postgres://u:a/b@h/d", "h:5432 user=u password=a/b db=d"),
        ("postgres://[::1]:6000,[2001:db8::1]/x", "[::1]:6000 [2001:db8::1]:5432 db=x"),
        ("postgres://%2Fvar%2Frun:6432/x", "/var/run:6432 db=x"),
        ("postgresql:///mydb?host=localhost&port=5433", "localhost:5433 db=mydb"),
        ("postgres://:6543/x", "port=6543 db=x"), ("postgres:///x%20y", "db=x y"),
        ("postgres://u:@h", "h:5432 user=u password="),
        (
            "jdbc:postgresql://h/d?user=u&password=p&ssl=true",
            "h:5432 user=u password=p db=d ssl=verify-full"
        ),
        ("postgres://h/d?role=primary", "h:5432 db=d role=primary"),
        ("postgres://h/d?keepalives=1&sslcompression=0", "h:5432 db=d keepalives sslcompression"),
        ("host=db", "db:5432"), ("mydb", "db=mydb"), ("", ""),
        ("host=a,b port=1,2 dbname='my db' user = me", "a:1 b:2 user=me db=my db"),
        ("port=7 host=a,b", "a:7 b:7"), ("port=7", "port=7"),
        ("password='it\\'s' user=a\\ b", "user=a b password=it's"),
        ("host=/tmp port=99 options='-c a=b'", "/tmp:99 options=-c a=b"),
        ("sslmode=verify-ca sslrootcert=/ca.pem", "ssl=verify-ca root=/ca.pem"),
    ])
    func `a text is understood`(_ text: String, _ meaning: String) throws {
        #expect(try Self.shown(text) == meaning)
    }

    @Test(arguments: [
        ("mysql://h", "begins with \"mysql://\""), ("postgres://h:0", "no port"),
        ("postgres://h:x", "no port"), ("postgres://h:70000", "no port"),
        ("postgres://[::1", "closing ]"), ("postgres://[::1]x", "what follows the ]"),
        ("postgres://::1/x", "in [ ]"), ("postgres://a,,b", "without a name"),
        ("postgres://h/%zz", "percent-encoded"), ("postgres://h/d?x", "no value"),
        ("postgres://h/d?sslmod=require", "did you mean \"sslmode\"?"),
        ("postgres://h/d?sslmode=requir", "did you mean \"require\"?"),
        ("postgres://h/d?connect_timeout=soon", "whole seconds"),
        ("postgres://h/d?service=x", "not supported"),
        ("postgres://h/d?hostaddr=1.2.3.4", "address"),
        ("postgres://h/d?channel_binding=require", "not supported"),
        ("postgres://h/d?port=1,2", "2 ports"), ("host=a,b,c port=1,2", "2 ports for 3 servers"),
        ("host=a,,b", "without a name"), ("host=a user", "no \"=\""), ("user='a", "does not end"),
        ("postgres://h\u{0}", "zero byte"),
    ])
    func `what makes no sense is refused`(_ text: String, _ why: String) {
        do throws(Failure) {
            _ = try PostgresSettings(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.code == .invalid)
            #expect(error.description.contains(why), "\(error)")
        }
    }

    @Test func `a secret is in no failure`() {
        for text in [
            "postgres://u:geheim@h:x", "postgres://u:geheim%zz@h", "postgres://u:geheim@a,,b",
        ] {
            do throws(Failure) {
                _ = try PostgresSettings(text)
                Issue.record("\(text) was taken")
            } catch {
                #expect(!error.description.contains("geheim"))
            }
        }
    }

    @Test func `every beginning of a text is read or refused`() {
        let texts = [
            "postgres://us%41er:pa%20ss@[::1]:5433,b:1/db?sslmode=verify-full&port=2",
            "host='a\\'b' port=1,2 sslmode=prefer password=x",
        ]
        for text in texts {
            for count in 0...text.count { _ = try? PostgresSettings(String(text.prefix(count))) }
        }
    }

    @Test func `variables fill in what a URL does not say`() throws {
        let url = try PostgresSettings("postgres://me@db/app")
        let variables = try PostgresSettings(environment: [
            "PGHOST": "other", "PGPORT": "6000", "PGUSER": "you", "PGPASSWORD": "secret",
            "PGSSLMODE": "disable", "PGDATABASE": "",
        ])
        let all = url.over(variables)
        #expect(all.hosts == [.init("db")])
        #expect(all.user == "me" && all.password == "secret" && all.database == "app")
        #expect(all.sslMode == .disable)
        #expect(variables.servers() == [.init("other", 6000)] && variables.database == nil)
        // As in libpq, a server without a port takes that of the variable.
        #expect(all.servers() == [.init("db", 6000)])
        #expect(throws: Failure.self) { try PostgresSettings(environment: ["PGPORT": "x"]) }
        let nobody = try PostgresSettings(environment: ["PGPORT": "77"])
        #expect(nobody.servers() == [.init("localhost", 77)])
    }

    @Test func `a login has the user's own database and the password of the file`() throws {
        let passwords = PostgresPassfile(Array("db:*:*:me:first\n*:*:*:*:second\n".utf8))
        let settings = try PostgresSettings("postgres://me@db,other")
        let logins = settings.servers().map { settings.login(at: $0, passwords: passwords) }
        #expect(logins.map(\.password) == ["first", "second"])
        #expect(logins.map(\.database) == ["me", "me"])
        let given = try PostgresSettings("postgres://me:own@db/x")
        #expect(given.login(at: given.hosts[0], passwords: passwords).password == "own")
    }

    @Test(arguments: [
        ("sslmode=disable", "off"), ("", "preferred none"), ("sslmode=allow", "fallback none"),
        ("sslmode=require", "required none"), ("sslmode=verify-ca", "required system chain"),
        ("sslmode=verify-full", "required system name"),
        ("sslrootcert=system", "required system name"),
    ])
    func `modes of TLS`(_ text: String, _ wanted: String) throws {
        let shown =
            switch try PostgresSecurity(PostgresSettings(text)) {
            case .off: "off"
            case .fallback(let options): "fallback " + Self.shown(options)
            case .preferred(let options): "preferred " + Self.shown(options)
            case .required(let options): "required " + Self.shown(options)
            }
        #expect(shown == wanted)
    }

    private static func shown(_ options: Security.TLSOptions) -> String {
        switch options.verification {
        case .none: "none"
        case .system: "system " + (options.checksServerName ? "name" : "chain")
        case .authorities: "these " + (options.checksServerName ? "name" : "chain")
        }
    }

    @Test(arguments: [
        "sslmode=require sslrootcert=/nowhere/ca.pem", "sslmode=require sslrootcert=system",
        "sslmode=require sslcert=/x",
    ])
    func `security that cannot be had is refused`(_ text: String) {
        #expect(throws: Failure.self) { try PostgresSecurity(PostgresSettings(text)) }
    }
}

@Suite("PostgreSQL's file of passwords") struct PostgresPassfileTests {
    private static let file = PostgresPassfile(
        Array(
            """
            # a comment
            db:5432:app:me:right
            short:line
            *:5433:*:me:port
            a\\:b:*:*:*:escaped\\\\\\:host
            \\*:*:*:*:star
            localhost:*:*:*:local
            *:*:*:me:
            *:*:*:you:last:more
            """.utf8
        )
    )

    @Test(
        arguments: [
            ("db", 5432, "app", "me", "right"), ("db", 5433, "app", "me", "port"),
            ("db", 5432, "other", "me", nil), ("a:b", 1, "x", "y", "escaped\\:host"),
            ("*", 1, "x", "y", "star"), ("localhost", 1, "x", "y", "local"),
            ("any", 1, "x", "you", "last"), ("any", 1, "x", "none", nil),
        ] as [(String, UInt16, String, String, String?)]
    )
    func `the first line that fits holds`(
        _ host: String,
        _ port: UInt16,
        _ database: String,
        _ user: String,
        _ password: String?
    ) {
        let found = Self.file.password(host: host, port: port, database: database, user: user)
        #expect(found == password)
    }

    @Test func `a file that others may read is not used, and that is said`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("*:*:*:*:secret\n", to: "pgpass")
        try Files.chmod(path, 0o644)
        let open = PostgresPassfile.load(PostgresSettings(), environment: ["PGPASSFILE": path])
        #expect(open.remark?.contains("0600") == true)
        #expect(open.passwords == PostgresPassfile())
        try Files.chmod(path, 0o600)
        let closed = PostgresPassfile.load(PostgresSettings(), environment: ["PGPASSFILE": path])
        #expect(closed.remark == nil)
        #expect(closed.passwords.password(host: "x", port: 1, database: "y", user: "z") == "secret")
        let none = PostgresPassfile.load(PostgresSettings(), environment: ["HOME": folder.path])
        #expect(none.remark == nil && none.passwords == PostgresPassfile())
        let gone = PostgresPassfile.load(
            PostgresSettings(),
            environment: ["PGPASSFILE": folder.file("gone")]
        )
        #expect(gone.remark?.contains("not there") == true)
    }
}
