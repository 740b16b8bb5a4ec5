package import Reactor
import System

/// What the commands write: results to standard output, remarks to standard error.
@MainLoop package enum Console {
    /// Writes a text to standard output; a closed pipe ends the program quietly, as `head` expects.
    package static func write(_ text: String) {
        do {
            try Descriptors.writeAll(1, Array(text.utf8))
        } catch {
            // Nobody reads any more, or nothing can be written: there is no use in going on.
            Processes.exit(error.isBrokenPipe ? 0 : 1)
        }
    }

    /// Writes a line to standard output.
    package static func line(_ text: String) {
        write(text + "\n")
    }

    /// Writes a line to standard error.
    package static func note(_ text: String) {
        try? Descriptors.writeAll(2, Array((text + "\n").utf8))
    }
}
