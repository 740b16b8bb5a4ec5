internal import Basics
internal import LogPipeline
internal import Reactor
internal import Records
internal import Roles

/// A VRL condition for records that are shown.
@MainLoop struct TapFilter {
    private let condition: RecordCondition

    /// Compiles a condition.
    ///
    /// - Throws: `invalid` with the compiler's text.
    init(_ text: String) throws(Failure) {
        let environment = FileAccess.environment
        condition = try RecordCondition(text, name: "--filter", environment: { environment[$0] })
    }

    /// Whether it holds for the record in a line of a tap.
    func holds(for line: ArraySlice<UInt8>) -> Bool {
        guard let fields = try? JSONReader.fields(Array(line).span),
            case .object(let record)? = fields["record"]
        else { return false }
        return condition.holds(for: record)
    }
}
