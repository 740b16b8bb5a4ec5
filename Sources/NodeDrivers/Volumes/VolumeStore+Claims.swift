public import Basics
import Reactor
import System

/// The data of claims that were deleted.
///
/// Only what somebody asked to delete goes. A claim that has no object keeps its data otherwise: the
/// objects may have been lost, or somebody prepares a directory for a claim to come. So a deletion that
/// has to wait for pods is noted on the disk, beside the directory, under a name that no claim can have.
extension VolumeStore {
    /// Deletes the data of a claim, and the note of its deletion; nothing there is no error.
    ///
    /// The directory's name is free for a new claim at once, before anything in it is removed.
    ///
    /// - Parameters:
    ///   - namespace: The claim's namespace.
    ///   - name: The claim.
    /// - Throws: What kept the data.
    public func removeClaim(namespace: String, name: String) async throws(Failure) {
        guard Self.isPlainName(namespace), Self.isPlainName(name) else { return }
        let place = claimPath(namespace: namespace, name: name)
        var remains = claimPath(namespace: namespace, name: Self.remains + Random.hexadecimal(16))
        do {
            try Files.rename(place, to: remains)
        } catch  where error.isMissing {
            return forgetDeletion(namespace: namespace, name: name)
        } catch {
            // A full disk may refuse the new name, and a mount point does.
            remains = place
        }
        try await remove(remains, "claim \(namespace)/\(name)")
        forgetDeletion(namespace: namespace, name: name)
    }

    /// Notes that the data of a claim is to go, for the engine after this one.
    ///
    /// - Parameters:
    ///   - namespace: The claim's namespace.
    ///   - name: The claim.
    /// - Throws: What kept the note from being written.
    public func noteDeletion(namespace: String, name: String) throws(Failure) {
        guard Self.isPlainName(namespace), Self.isPlainName(name) else { return }
        let note = note(namespace, name)
        do {
            try Files.makeDirectories(Files.parent(of: note), mode: 0o755)
            try Files.write(note, "", mode: 0o600)
        } catch {
            throw Failure("cannot note that claim \(namespace)/\(name) was deleted", error)
        }
    }

    /// Takes the note back: there is a claim of that name again.
    ///
    /// - Parameters:
    ///   - namespace: The claim's namespace.
    ///   - name: The claim.
    public func forgetDeletion(namespace: String, name: String) {
        guard Self.isPlainName(namespace), Self.isPlainName(name) else { return }
        try? Files.remove(note(namespace, name))
    }

    /// The claims whose deletion is noted, in the order of their names.
    public func notedDeletions() -> [(namespace: String, name: String)] {
        claimEntries(Self.noted).map { ($0.namespace, String($0.name.dropFirst(Self.noted.count))) }
    }

    /// The directories that an engine which was killed had begun to remove.
    public func remains() -> [String] {
        claimEntries(Self.remains).map { claimPath(namespace: $0.namespace, name: $0.name) }
    }

    /// Removes such directories.
    ///
    /// - Parameter paths: What `remains` gave.
    /// - Throws: What kept them.
    public func removeRemains(_ paths: [String]) async throws(Failure) {
        for path in paths { try await remove(path, "a deleted claim") }
    }

    // MARK: Details

    // Names of claims begin with a letter or a digit.
    private static let noted = ".deleted-"
    private static let remains = ".remains-"

    private func remove(_ path: String, _ owner: String) async throws(Failure) {
        do {
            try await Loop.main.offload { try Files.removeTree(path) }
        } catch {
            let what = "cannot remove the data of \(owner)"
            if let error = error as? SystemError { throw Failure(what, error) }
            throw Failure(.unavailable, what, cause: "\(error)")
        }
    }

    private func note(_ namespace: String, _ name: String) -> String {
        claimPath(namespace: namespace, name: Self.noted + name)
    }

    private func claimEntries(_ prefix: String) -> [(namespace: String, name: String)] {
        let namespaces = (try? Files.list(layout.claims)) ?? []
        return namespaces.flatMap { namespace in
            let names = (try? Files.list(layout.claims + "/" + namespace)) ?? []
            return names.filter { $0.hasPrefix(prefix) }.map { (namespace, $0) }
        }
    }
}
