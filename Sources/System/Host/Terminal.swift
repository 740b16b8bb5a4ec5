internal import CLinux
internal import Glibc

/// What can be asked of a terminal and set on it.
public enum Terminal {
    /// Whether a descriptor is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }

    /// The size of the terminal behind a descriptor; nil if it is none.
    public static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        let result = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size)
        guard result == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// The width of standard output; nil if it is no terminal.
    public static var width: Int? { size(1)?.columns }
}

/// A terminal in raw mode: every key goes to the program at the other end.
///
/// `restore` sets it back; it is called by the owner in every case.
public final class RawTerminal {
    private let descriptor: Int32
    private let before: termios

    /// Puts the terminal into raw mode.
    ///
    /// - Throws: `SystemError` if the descriptor is no terminal.
    public init(_ descriptor: Int32) throws(SystemError) {
        var attributes = termios()
        guard unsafe tcgetattr(descriptor, &attributes) == 0 else {
            throw SystemError(errno, "tcgetattr")
        }
        self.descriptor = descriptor
        before = attributes
        unsafe cfmakeraw(&attributes)
        guard unsafe tcsetattr(descriptor, TCSANOW, &attributes) == 0 else {
            throw SystemError(errno, "tcsetattr")
        }
    }

    /// Sets the terminal back to what it was.
    public func restore() {
        var attributes = before
        _ = unsafe tcsetattr(descriptor, TCSADRAIN, &attributes)
    }
}
