extension Pipeline {
    /// How a pipeline came to its end: what is left, in read records and copies of them.
    public struct Ending: Sendable, Hashable {
        /// Records that did not come to their end and are read again.
        public var again: UInt64
        /// Records that did not come to their end and cannot be read again.
        public var lost: UInt64
        /// Records that lie in buffers on disk.
        public var stored: UInt64

        /// Counts what is left at the end of a run.
        public init(_ accounts: Accounts) {
            let stored = accounts.sinks.values.map(\.stored)
            self.stored = stored.reduce(0) { $0 + UInt64(clamping: $1) }
            // What was delivered before it was safe on disk is open with its source still.
            let early = stored.reduce(UInt64(0)) { $0 + ($1 < 0 ? $1.magnitude : 0) }
            let open = accounts.sources.values.reduce(UInt64(0)) {
                $0 + ($1.readsAgain ? 0 : $1.open)
            }
            lost = open - min(open, early)
            again = accounts.open - open
            again -= min(again, early - (open - lost))
        }

        /// Whether nothing is left that the time was not enough for.
        public var isComplete: Bool { again == 0 && lost == 0 }

        /// What is left, in sentences; none if everything came to its end.
        public var remains: [String] {
            var sentences: [String] = []
            if again > 0 {
                sentences.append(
                    "\(again) records are not delivered; they are read again from where they were"
                )
            }
            if lost > 0 {
                sentences.append(
                    "\(lost) records are not delivered and lost; their source cannot be read again"
                )
            }
            if stored > 0 {
                sentences.append(
                    "\(stored) records lie in the buffer on disk; the next run delivers them"
                )
            }
            return sentences
        }
    }
}
