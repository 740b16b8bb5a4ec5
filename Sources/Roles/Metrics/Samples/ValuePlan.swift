/// How the numbers of one set of samples become those of another, as long as neither gets other series.
///
/// What costs time in a reading are names and labels; this is what is left to do when only numbers have changed.
enum ValuePlan: Sendable {
    /// They are the same, in the same order.
    case same
    /// Each goes to a place of its own.
    case moved([Move])

    /// What becomes of one number.
    struct Move: Sendable {
        /// Where it goes; -1 if it goes nowhere.
        var place: Int32 = -1
        /// What it is multiplied with.
        var scale = 1.0
    }

    /// Puts numbers where they belong.
    ///
    /// - Precondition: `values` and `result` are of the sets that the plan was made of.
    func apply(_ values: [Double], to result: inout [Double]) {
        switch self {
        case .same: result = values
        case .moved(let moves):
            for index in moves.indices where moves[index].place >= 0 {
                result[Int(moves[index].place)] = values[index] * moves[index].scale
            }
        }
    }
}
