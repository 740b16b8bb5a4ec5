import Testing

@testable import Proxying

@Suite struct PostgresGreetingTests {
    private static let tls: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]

    private func look(_ bytes: [UInt8]) -> PostgresGreeting { PostgresGreeting.look(bytes.span) }

    @Test func `the questions of PostgreSQL's clients are known, in whatever pieces`() {
        for count in 0..<8 {
            #expect(look(Array(Self.tls.prefix(count))) == .needsMore)
        }
        #expect(look(Self.tls) == .tls)
        #expect(look(Self.tls + [1, 2]) == .tls)
        #expect(look(Self.tls.dropLast() + [48]) == .gss)
    }

    private static let others: [[UInt8]] = [
        [22, 3, 1, 0, 100, 1, 0, 0], [0, 0, 0, 9], [0, 0, 0, 8, 0, 3, 0, 0],
        [0, 0, 0, 8, 4, 210, 22, 46], [71],
    ]

    @Test(arguments: others)
    func `other bytes are none`(bytes: [UInt8]) {
        #expect(look(bytes) == .other)
    }
}
