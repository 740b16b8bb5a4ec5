import Glibc
import System

/// Gives a file a second name.
func linkFile(_ path: String, _ name: String) async throws {
    guard link(path, name) == 0 else { throw SystemError(errno, "link", name) }
}
