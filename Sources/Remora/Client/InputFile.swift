internal import Basics
internal import System

/// Files that a command names and the engine reads.
enum InputFile {
    /// The absolute path of a file that must exist.
    ///
    /// - Throws: `Failure` if there is none.
    static func absolute(_ word: String) throws(Failure) -> String {
        do {
            return try Files.resolve(word)
        } catch {
            throw Failure("cannot read \(word)", error)
        }
    }

    /// Copies standard input to a file below the root, where images have room; its path.
    ///
    /// - Throws: `Failure` if it cannot be written.
    static func spool(_ root: String) throws(Failure) -> String {
        let path = root + "/input-" + Random.hexadecimal(16)
        do {
            try Files.makeDirectories(root, mode: 0o711)
            try Descriptors.copyAll(0, to: path, mode: 0o600)
            return path
        } catch {
            throw Failure("cannot take standard input to \(path)", error)
        }
    }

    /// Removes what `spool` made.
    static func remove(_ path: String) {
        try? Files.remove(path)
    }
}
