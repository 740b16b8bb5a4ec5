import Basics
import Glibc
import Reactor
import Records
import Security
import TestKit
import Testing

@testable import LogPipeline

@Suite("Rows for PostgreSQL") struct PostgresRowsTests {
    @Test @MainLoop func `rows are written so that COPY reads them back`() {
        var settings = PostgresSettings(
            endpoint: EndpointSettings(host: "x", port: 1),
            database: "d",
            user: "u",
            table: "my.lo\"gs"
        )
        settings.columns = ["at": "$time", "b": "a", "c": "missing", "d": "$tag"]
        var rows = PostgresRows(settings)
        #expect(
            rows.creation == "CREATE TABLE IF NOT EXISTS \"my\".\"lo\"\"gs\" "
                + "(\"at\" timestamptz, \"b\" text, \"c\" text, \"d\" text)"
        )
        #expect(
            rows.copying
                == "COPY \"my\".\"lo\"\"gs\" (\"at\", \"b\", \"c\", \"d\") FROM STDIN"
        )
        var event = SinkKit.event(["a": .text("x\ty\\N\r\n")])
        var output: [UInt8] = []
        rows.append(&event, to: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "2023-11-14 22:13:20.123456+00\tx\\ty\\\\N\\r\\n\t\\N\tapp\n"
        )
    }
}

@Suite(
    "PostgreSQL",
    .timeLimit(.minutes(3)),
    .enabled(if: PostgresServers.isInstalled && getuid() == 0, "needs PostgreSQL 15 and root")
) struct PostgresCarrierTests {
    @MainLoop private static func settings(_ port: UInt16, user: String) -> PostgresSettings {
        var settings = PostgresSettings(
            endpoint: EndpointSettings(host: "127.0.0.1", port: port),
            database: "postgres",
            user: user,
            table: "logs_\(user)"
        )
        settings.password = "secret"
        return settings
    }

    @Test @MainLoop func `records are copied, and only bad ones are refused`() async throws {
        let servers = try await PostgresServers()
        try await servers.start("primary")
        let port = try #require(servers.ports["primary"])
        for (user, method) in [("old", "md5"), ("plain", "scram-sha-256"), ("trusted", "md5")] {
            try await servers.query(
                "primary",
                "SET password_encryption = '\(method)'; "
                    + "CREATE ROLE \(user) SUPERUSER LOGIN PASSWORD 'secret'"
            )
        }
        // Each way to log in, with a table that is made.
        for user in ["postgres", "old", "plain", "trusted"] {
            var settings = Self.settings(port, user: user)
            if user == "postgres" {
                var tls = ClientTLS()
                tls.authorities = servers.folder.file("tls.crt")
                settings.endpoint.tls = tls
            }
            let carrier = PostgresCarrier(settings)
            let odd = "tab\t, line\n, \\N, 'quote\", é"
            let events = [SinkKit.event(["a": .text(odd)]), SinkKit.event(["a": .integer(2)])]
            let answer = await SinkKit.carry(carrier, events)
            #expect(answer == .delivered, "\(user)")
            let again = await SinkKit.carry(carrier, events)
            #expect(again == .delivered, "\(user)")
            await carrier.close()
            let found = try await servers.query(
                "primary",
                "SELECT count(*), count(DISTINCT data), min(tag), min(time) AT TIME ZONE 'UTC' "
                    + "FROM logs_\(user)"
            )
            #expect(found == "4|2|app|2023-11-14 22:13:20.123456", "\(user)")
        }
        let text = try await servers.query(
            "primary",
            "SELECT count(*) FROM logs_postgres WHERE data->>'a' = E'tab\\t, line\\n, \\\\N, "
                + "''quote\", é'"
        )
        #expect(text == "2")
        try await bisects(servers, port)
        try await notices(servers, port)
    }

    /// A record with a zero byte, which PostgreSQL takes in no text, is looked for and found.
    @MainLoop private func bisects(_ servers: PostgresServers, _ port: UInt16) async throws {
        var settings = Self.settings(port, user: "postgres")
        settings.table = "public.numbers"
        settings.columns = ["number": "a", "at": "$time"]
        settings.createsTable = false
        let carrier = PostgresCarrier(settings)
        let events = (0..<100).map { number in
            SinkKit.event(["a": .text([17, 63].contains(number) ? "bad" : "\(number)")])
        }
        let early = await SinkKit.carry(carrier, events)
        guard case .failed(let setback) = early else {
            Issue.record("there is no table: \(early)")
            return
        }
        #expect(setback.remedy == .retry)
        #expect(setback.reason.contains("42P01"), "\(setback.reason)")
        try await servers.query("primary", "CREATE TABLE numbers (number int, at timestamptz)")
        let answer = await SinkKit.carry(carrier, events)
        guard case .partly(let verdicts) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(verdicts.map(\.item) == [17, 63])
        #expect(verdicts.allSatisfy { !$0.isRetriable && $0.reason.contains("22P02") })
        let count = try await servers.query("primary", "SELECT count(*), sum(number) FROM numbers")
        #expect(count == "98|\(4950 - 17 - 63)")
        await carrier.close()
    }

    /// A server that goes away is a reason to try again, and so is a wrong password.
    @MainLoop private func notices(_ servers: PostgresServers, _ port: UInt16) async throws {
        var settings = Self.settings(port, user: "postgres")
        let carrier = PostgresCarrier(settings)
        let events = [SinkKit.event(["a": .integer(1)])]
        let first = await SinkKit.carry(carrier, events)
        #expect(first == .delivered)
        settings.password = "wrong"
        let refused = await SinkKit.carry(PostgresCarrier(settings), events)
        guard case .failed(let setback) = refused else {
            Issue.record("\(refused)")
            return
        }
        #expect(setback.isUnreached == false || setback.reason.contains("password"))
        #expect(setback.reason.contains("28P01"), "\(setback.reason)")
        try await servers.stop("primary")
        let broken = await SinkKit.carry(carrier, events)
        guard case .failed = broken else {
            Issue.record("\(broken)")
            return
        }
        try await servers.start("primary")
        let again = await SinkKit.carry(carrier, events)
        #expect(again == .delivered)
        await carrier.close()
    }
}
