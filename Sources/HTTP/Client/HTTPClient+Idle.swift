import Basics
import Reactor

extension HTTPClient {
    /// Whether an idle connection can take another request: the server has neither closed it nor sent
    /// anything that nobody asked for.
    ///
    /// A server may still close it at the same moment.
    public func isStillOpen() async -> Bool {
        guard isReusable else { return false }
        do {
            // Whatever comes now is an end, or no answer to anything.
            _ = try await channel.read(upTo: 1, deadline: Loop.main.now)
        } catch {
            return error.code == .timedOut
        }
        close()
        return false
    }
}
