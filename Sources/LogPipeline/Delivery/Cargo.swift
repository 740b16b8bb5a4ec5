/// Records that go out together.
protocol Cargo: Sendable {
    /// How many records there are.
    var count: Int { get }
    /// The memory that they take.
    var size: Int { get }
    /// Nothing, with room for the first records.
    init()
    /// Some of the records, by their places in order.
    func picking(_ items: [Int]) -> Self
}
