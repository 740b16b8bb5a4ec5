import Postgres
import Roles

/// Settings of PostgreSQL servers and files of passwords: reading never traps, and what was read holds.
public func fuzzPostgresSettings(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let settings = try? PostgresSettings(text) {
        precondition(settings.hosts.count <= PostgresSettings.hostsMaximum, "too many servers")
        for host in settings.servers() {
            precondition(host.port > 0 && !host.name.isEmpty, "a server without name or port")
            _ = settings.login(at: host)
        }
    }
    let passwords = PostgresPassfile(bytes)
    let found = passwords.password(host: "h", port: 1, database: "d", user: "u")
    precondition(found?.isEmpty != true, "an empty password")
    for kind in [UInt8(ascii: "D"), UInt8(ascii: "T")] {
        let message = PostgresMessage(kind: kind, body: bytes)
        precondition((message.row?.count ?? 0) <= bytes.count, "more values than bytes")
        precondition((message.columns?.count ?? 0) <= bytes.count, "more columns than bytes")
    }
}

/// What Redis and MySQL say first: reading never traps, takes no more than there is, and more bytes do
/// not change what was read.
public func fuzzFirstWords(_ bytes: [UInt8]) {
    if let (reply, count) = try? RedisReply.read(bytes) {
        precondition(count > 0 && count <= bytes.count, "a reply longer than what there is")
        let alone = try? RedisReply.read(Array(bytes.prefix(count)))
        precondition(alone?.reply == reply && alone?.count == count, "what follows changes a reply")
    }
    let greeting = MySQLGreeting.read(bytes)
    if case .incomplete = greeting { return }
    precondition(MySQLGreeting.read(bytes + [0]) == greeting, "what follows changes a greeting")
}
