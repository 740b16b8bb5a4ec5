internal import System

extension UserRange {
    /// How many ranges there are: the node's users from 65536 to 2147483647, those of the kubelet's
    /// first 32767 pods.
    static let total: UInt32 = 32767

    /// A range for a pod that nobody has.
    ///
    /// A pod finds the same one again if it is free, and engines side by side rarely meet.
    ///
    /// - Parameters:
    ///   - uid: The pod's UID.
    ///   - taken: The ranges of other pods.
    /// - Returns: The range, or nil if all are taken.
    static func free(for uid: String, besides taken: Set<UserRange>) -> UserRange? {
        let hash = uid.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        let start = hash % total
        for step in 0..<total {
            let range = UserRange(first: (1 + (start + step) % total) * count)
            if !taken.contains(range) { return range }
        }
        return nil
    }

    /// A range that was written down; nil if it is none of these.
    init?(recorded first: Int?) {
        guard let first, let number = UInt32(exactly: first), number % Self.count == 0,
            (1...Self.total).contains(number / Self.count)
        else { return nil }
        self.init(first: number)
    }
}
