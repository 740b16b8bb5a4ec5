import Basics
import HTTP
import Reactor

extension ByteChannel {
    /// Whether the other side still listens, as far as it has said.
    ///
    /// What it says is of no interest and dropped: silence is what is expected of it.
    var isStillOpen: Bool {
        get async {
            for _ in 0..<16 {
                do throws(Failure) {
                    let bytes = try await read(upTo: 4096, deadline: Loop.main.now)
                    if bytes.isEmpty { return false }
                } catch {
                    return error.code == .timedOut
                }
            }
            return true
        }
    }
}
