/// Accounts as named numbers, for where they are kept.
extension Accounts {
    private static let sourceNumbers: [(String, any WritableKeyPath<Source, UInt64> & Sendable)] = [
        ("read", \.read), ("read-bytes", \.bytes), ("repeated", \.repeated),
        ("skipped-bytes", \.skipped), ("withdrawn", \.withdrawn), ("open", \.open),
    ]
    private static let sinkNumbers: [(String, any WritableKeyPath<Sink, UInt64> & Sendable)] = [
        ("received", \.received), ("delivered", \.delivered), ("rejected", \.rejected),
        ("delivered-bytes", \.bytes), ("retried", \.retried), ("errors", \.errors),
        ("uncertain", \.uncertain), ("sink-withdrawn", \.withdrawn),
    ]

    /// Every number by its name: what is counted, a space, and whose it is.
    public var numbers: [String: Int64] {
        var all: [String: Int64] = [
            "made": Int64(clamping: made), "unmade": Int64(clamping: unmade),
        ]
        for (id, source) in sources {
            for (name, path) in Self.sourceNumbers {
                all["\(name) \(id)"] = Int64(clamping: source[keyPath: path])
            }
            all["reads-again \(id)"] = source.readsAgain ? 1 : 0
        }
        for (id, sink) in sinks {
            for (name, path) in Self.sinkNumbers {
                all["\(name) \(id)"] = Int64(clamping: sink[keyPath: path])
            }
            all["stored \(id)"] = sink.stored
        }
        for (cause, count) in left { all["left \(cause.rawValue)"] = Int64(clamping: count) }
        return all
    }

    /// Reads them again; names that mean nothing are passed over.
    ///
    /// - Returns: nil if they cannot be true: accounts that somebody changed.
    public init?(numbers: [String: Int64]) {
        let isPossible = numbers.allSatisfy { name, number in
            number.magnitude < 1 << 56 && (number >= 0 || name.hasPrefix("stored "))
        }
        guard isPossible else { return nil }
        self.init()
        made = UInt64(clamping: numbers["made"] ?? 0)
        unmade = UInt64(clamping: numbers["unmade"] ?? 0)
        for (name, number) in numbers {
            let parts = name.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { continue }
            take(String(parts[0]), String(parts[1]), number)
        }
        let isTrue = sinks.values.allSatisfy { $0.received >= $0.delivered + $0.rejected }
        guard isTrue, isBalanced else { return nil }
    }

    private mutating func take(_ name: String, _ owner: String, _ number: Int64) {
        let count = UInt64(clamping: number)
        if let (_, path) = Self.sourceNumbers.first(where: { $0.0 == name }) {
            sources[owner, default: Source()][keyPath: path] = count
        } else if let (_, path) = Self.sinkNumbers.first(where: { $0.0 == name }) {
            sinks[owner, default: Sink()][keyPath: path] = count
        } else if name == "reads-again" {
            sources[owner, default: Source()].readsAgain = number != 0
        } else if name == "stored" {
            sinks[owner, default: Sink()].stored = number
        } else if name == "left", let cause = Outlet.Leaving(rawValue: owner) {
            left[cause] = count
        }
    }
}
