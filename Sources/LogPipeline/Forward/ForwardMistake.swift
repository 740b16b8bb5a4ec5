/// Why a message of the Forward protocol is refused.
package enum ForwardMistake: Error, Sendable, Hashable {
    /// It is wrong.
    case malformed(String)

    /// In words.
    package var text: String {
        switch self {
        case .malformed(let what): what
        }
    }
}
