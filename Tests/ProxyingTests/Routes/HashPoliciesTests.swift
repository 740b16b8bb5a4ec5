import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct HashPoliciesTests {
    private static func hash(
        _ policies: [HashPolicy],
        _ head: borrowing RequestHead,
        client: String = "10.0.0.1",
        made: inout HashPolicies.MadeCookie?
    ) -> UInt64? {
        var random = RandomSource(seed: 4)
        var scratch = ByteBuffer()
        return HashPolicies(policies).hash(
            head,
            client: address(client),
            random: &random,
            made: &made,
            scratch: &scratch
        )
    }

    private static func xx(_ text: String) -> UInt64 { XXHash64.hash(Array(text.utf8)) }

    @Test(
        arguments: [
            ([HashPolicy.header("x-user")], xx("u1")), ([.header("none")], nil),
            ([.query("id")], xx("7")), ([.query("none")], nil),
            ([.sourceAddress()], xx("10.0.0.1")),
            ([.cookie(name: "s", lifetime: nil, path: "")], xx("abc")),
            ([.cookie(name: "q", lifetime: nil, path: "")], xx("quoted")),
            ([.cookie(name: "none", lifetime: nil, path: "")], nil),
            (
                [.header("x-user"), .query("id")],
                (xx("u1") << 1 | xx("u1") >> 63) ^ xx("7")
            ),
            ([.header("x-user", isTerminal: true), .query("id")], xx("u1")),
            ([.header("none", isTerminal: true), .query("id")], xx("7")), ([], nil),
        ] as [([HashPolicy], UInt64?)]
    )
    func `what is hashed is what the policies say`(policies: [HashPolicy], expected: UInt64?) {
        let head = request(
            "/?id=7",
            [("X-User", "u1"), ("cookie", "a=1; s=abc"), ("cookie", "q=\"quoted\"")]
        )
        var made: HashPolicies.MadeCookie?
        #expect(Self.hash(policies, head, made: &made) == expected)
        #expect(made == nil)
    }

    @Test func `a cookie is made, and leads to the same host`() {
        let policy = HashPolicy.cookie(name: "s", lifetime: .seconds(60), path: "/x")
        var made: HashPolicies.MadeCookie?
        let first = Self.hash([policy], request("/"), made: &made)
        guard let cookie = made else {
            Issue.record("no cookie")
            return
        }
        var buffer = ByteBuffer()
        HashPolicies([policy]).write(cookie, into: &buffer)
        let text = String(copying: buffer.readable)
        #expect(text.hasSuffix("\"; Max-Age=60; Path=/x; HttpOnly"))
        var again: HashPolicies.MadeCookie?
        let value = String(text.prefix { $0 != ";" })
        let second = Self.hash([policy], request("/", [("cookie", value)]), made: &again)
        #expect(first == second)
        #expect(again == nil)
    }

    @Test func `a Unix socket has no address to hash`() {
        var made: HashPolicies.MadeCookie?
        #expect(Self.hash([.sourceAddress()], request("/"), client: "", made: &made) == nil)
    }
}
