public import Basics
import Reactor
import System

extension VolumeStore {
    /// Deletes the data of a claim; nothing there is no error.
    ///
    /// - Parameters:
    ///   - namespace: The claim's namespace.
    ///   - name: The claim.
    /// - Throws: What kept the data.
    public func removeClaim(namespace: String, name: String) async throws(Failure) {
        guard Self.isPlainName(namespace), Self.isPlainName(name) else { return }
        let place = claimPath(namespace: namespace, name: name)
        do {
            try await Loop.main.offload { try Files.removeTree(place) }
        } catch {
            let what = "cannot remove the data of claim \(namespace)/\(name)"
            if let error = error as? SystemError { throw Failure(what, error) }
            throw Failure(.unavailable, what, cause: "\(error)")
        }
    }
}
