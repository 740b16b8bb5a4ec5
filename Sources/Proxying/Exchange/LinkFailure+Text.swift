import Reactor
import System

extension LinkFailure {
    /// Why a handshake failed, for logs.
    var handshakeText: String {
        switch self {
        case .refused(let number), .cut(let number):
            number == 0 ? "the connection was cut" : SystemError(number, "recv").description
        case .tooSlow: "it took too long"
        case .insecure(let why): why
        }
    }
}
