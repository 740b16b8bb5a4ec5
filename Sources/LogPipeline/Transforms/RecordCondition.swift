public import Basics
public import Reactor
public import Records

/// A VRL condition on a record, for showing some of them only.
@MainLoop public struct RecordCondition {
    private let condition: CompiledCondition
    private let lot: Lot

    private final class Nobody: LotOwner {
        func settled(_ lot: Lot) {}
    }

    /// Compiles a condition.
    ///
    /// - Parameters:
    ///   - source: The script; it must yield true or false.
    ///   - name: What it is called in complaints.
    ///   - environment: A variable of the environment.
    /// - Throws: `invalid` with the compiler's text.
    public init(
        _ source: String,
        name: String,
        environment: @escaping @Sendable (String) -> String?
    ) throws(Failure) {
        let scripts = Scripts(zone: "UTC", environment: environment, journal: .silent)
        condition = try CompiledCondition(.script(source: source, name: name), scripts)
        lot = Lot(owner: Nobody(), group: 0, mark: 0, count: 1)
    }

    /// Whether it holds for a record.
    public func holds(for fields: Fields) -> Bool {
        condition.holds(
            for: Event(
                .fields(fields),
                time: Timestamp(nanoseconds: 0),
                tag: Tag(""),
                receipt: Receipt(lot)
            )
        )
    }
}
