/// The limit of a body, counted as it comes.
struct BodyLimit: Sendable, Equatable {
    /// The most bytes.
    let maximum: Int
    /// How many came.
    private(set) var count = 0

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// Whether a body of a length that is said beforehand may come at all.
    func allows(contentLength: Int) -> Bool { contentLength <= maximum }

    /// Counts bytes; false when there are too many.
    mutating func add(_ bytes: Int) -> Bool {
        let (sum, overflow) = count.addingReportingOverflow(bytes)
        count = overflow ? .max : sum
        return count <= maximum
    }
}
