/// A condition that did not come true in time.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What was waited for.
    public let what: String
    /// How long it was waited for.
    public let limit: Duration
    /// What the last look threw, if it threw.
    public let lastError: String?

    /// The sentence for the test's message.
    public var description: String {
        "\(what) did not happen within \(limit)" + (lastError.map { "; last: \($0)" } ?? "")
    }
}

/// Looks again and again, in real time, until a value can be had; for end-to-end tests only.
///
/// - Parameters:
///   - limit: How long to look at most.
///   - what: What is waited for, for the message of the failure.
///   - pause: The time between two looks.
///   - look: Gives the value, or `nil` or an error while it is not there yet.
/// - Returns: The first value.
/// - Throws: `NeverHappened` after the limit.
@discardableResult
public func eventually<Value>(
    within limit: Duration,
    _ what: String,
    every pause: Duration = .milliseconds(20),
    look: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var lastError: String?
    while true {
        do {
            if let value = try await look() { return value }
            lastError = nil
        } catch {
            lastError = "\(error)"
        }
        guard clock.now < end else {
            throw NeverHappened(what: what, limit: limit, lastError: lastError)
        }
        try await Task.sleep(for: pause)
    }
}

/// Looks again and again until a condition is true; for end-to-end tests only.
///
/// - Parameters:
///   - limit: How long to look at most.
///   - what: What is waited for, for the message of the failure.
///   - pause: The time between two looks.
///   - condition: What is to become true.
/// - Throws: `NeverHappened` after the limit.
public func eventually(
    within limit: Duration,
    _ what: String,
    every pause: Duration = .milliseconds(20),
    condition: () async throws -> Bool
) async throws {
    _ =
        try await eventually(within: limit, what, every: pause) {
            try await condition() ? true : nil
        } as Bool
}
