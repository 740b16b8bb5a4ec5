/// Weighted round robin: whose turn is next, evenly spread over the round.
///
/// Each member has turns at the deadlines (2k + 1) / (2 weight); the earliest is next (EDF). In a round
/// of as many turns as all weights together each member has exactly its weight, and turns of different
/// members lie between one another: 5, 1, 1 is `a a a b c a a`.
struct WeightedRotation {
    private struct Turn {
        var deadline: Double
        var count: Int
        var member: Int32
        var weight: Int32
    }

    /// A heap, the earliest first; members in order where deadlines are equal.
    private var turns: [Turn] = []
    private var position = 0
    private var length = 0

    init() {}

    init(weights: [Int32]) {
        for (member, weight) in weights.enumerated() {
            turns.append(Turn(deadline: 0, count: 0, member: Int32(member), weight: weight))
            length += Int(weight)
        }
        restart()
    }

    /// The member whose turn it is.
    mutating func next() -> Int {
        position += 1
        if position > length {
            // From the start, so that counts stay small and rounds stay exact.
            restart()
            position = 1
        }
        let member = Int(turns[0].member)
        turns[0].count += 1
        turns[0].deadline = Self.deadline(turns[0].count, turns[0].weight)
        sink()
        return member
    }

    private static func deadline(_ count: Int, _ weight: Int32) -> Double {
        Double(2 * count + 1) / Double(2 * Int(weight))
    }

    private mutating func restart() {
        for index in turns.indices {
            turns[index].count = 0
            turns[index].deadline = Self.deadline(0, turns[index].weight)
        }
        turns.sort { Self.isBefore($0, $1) }
    }

    private static func isBefore(_ left: Turn, _ right: Turn) -> Bool {
        if left.deadline != right.deadline { return left.deadline < right.deadline }
        return left.member < right.member
    }

    private mutating func sink() {
        let count = turns.count
        let turn = turns[0]
        var index = 0
        while true {
            var child = 2 * index + 1
            if child >= count { break }
            if child + 1 < count, Self.isBefore(turns[child + 1], turns[child]) { child += 1 }
            if !Self.isBefore(turns[child], turn) { break }
            turns[index] = turns[child]
            index = child
        }
        turns[index] = turn
    }
}
