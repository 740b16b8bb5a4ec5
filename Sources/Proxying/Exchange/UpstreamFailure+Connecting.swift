import Reactor
import System

extension UpstreamFailure {
    /// Why a connection could not be begun.
    init(connecting error: any Error) {
        let number = (error as? SystemError)?.number ?? 0
        self = SystemError.isOwnShortage(number) ? .shortage : .connect
    }

    /// Why a connection that was begun could not be made.
    init(connecting failure: LinkFailure) {
        switch failure {
        case .tooSlow: self = .connectTimeout
        case .refused(let number) where SystemError.isOwnShortage(number): self = .shortage
        case .refused, .cut, .insecure: self = .connect
        }
    }
}
