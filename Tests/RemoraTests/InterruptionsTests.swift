import Basics
import Testing

@testable import Remora

@Suite("Interruptions") struct InterruptionsTests {
    /// What was read when, in milliseconds, `granted` for the end of a wish; and the wishes.
    static let cases: [(story: String, wishes: [Int])] = [
        ("0", [0]),
        // Two signals of one wish, however late the second is read.
        ("0 20", [0]), ("0 20 granted-30", [0]), ("0 700 granted-800", [0]),
        ("0 granted-600 610", [0]), ("0 granted-5 200 400", [0]),
        // Somebody who presses again.
        ("0 granted-5 300", [0, 300]), ("0 20 granted-30 600", [0, 600]),
        // A wish that cannot be carried out does not swallow all others.
        ("0 1000 1500 2100", [0, 2100]),
        // Before any wish there is nothing to grant.
        ("granted-0 10", [10]),
    ]

    @Test(arguments: 0..<cases.count)
    func `a wish counts once, and another one as well`(index: Int) throws {
        let (story, expected) = Self.cases[index]
        let start = Instant(nanoseconds: 1_000_000_000)
        var interruptions = Interruptions()
        var wishes: [Int] = []
        for word in story.split(separator: " ") {
            let isGrant = word.hasPrefix("granted-")
            let time = try #require(Int(isGrant ? word.dropFirst(8) : word))
            let now = start + .milliseconds(time)
            if isGrant {
                interruptions.granted(at: now)
            } else if interruptions.isWish(at: now) {
                wishes.append(time)
            }
        }
        #expect(wishes == expected)
    }
}
