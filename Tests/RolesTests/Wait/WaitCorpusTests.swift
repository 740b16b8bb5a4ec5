import RolesFuzzSubjects
import TestKit
import Testing

@Suite("Corpora of what a wait reads") struct WaitCorpusTests {
    @Test func `lines of shells`() throws {
        for bytes in try Corpora.inputs("ShellWait", mutations: 100) { fuzzShellWait(bytes) }
    }

    @Test func `settings of PostgreSQL servers`() throws {
        for bytes in try Corpora.inputs("PostgresSettings", mutations: 100) {
            fuzzPostgresSettings(bytes)
        }
    }

    @Test func `logins at PostgreSQL servers, cut anywhere`() throws {
        for bytes in try Corpora.inputs("PostgresScram", mutations: 100) {
            fuzzPostgresScram(bytes)
        }
        for bytes in try Corpora.inputs("PostgresScram", mutations: 0) {
            for end in bytes.indices { fuzzPostgresScram(Array(bytes[..<end])) }
        }
    }

    @Test func `first words of servers`() throws {
        for bytes in try Corpora.inputs("FirstWords", mutations: 300) { fuzzFirstWords(bytes) }
    }
}
