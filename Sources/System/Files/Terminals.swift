import CLinux

/// Terminals that other processes run on.
public enum Terminals {
    /// Sets the size of a terminal; the processes on it get SIGWINCH.
    ///
    /// Anything that is no terminal is left alone.
    public static func setSize(_ descriptor: Int32, rows: UInt16, columns: UInt16) {
        _ = remora_set_window(descriptor, rows, columns)
    }

    /// Makes a terminal in raw mode; the caller closes both sides.
    ///
    /// - Throws: Why there is none, `ENOSPC` if there are too many.
    public static func open() throws(SystemError) -> (master: Int32, slave: Int32) {
        var slave: Int32 = -1
        let master = unsafe remora_open_terminal(&slave)
        if master < 0 { throw SystemError(-master, "open", "/dev/ptmx") }
        return (master, slave)
    }

    /// Listens on a socket to which a program will send a terminal, whatever the path's length.
    ///
    /// - Throws: The error of `bind`.
    public static func listen(_ directory: String, _ name: String) throws(SystemError) -> Descriptor
    {
        let result = unsafe remora_listen_stream(directory, name)
        if result < 0 { throw SystemError(-result, "bind", directory + "/" + name) }
        return Descriptor(adopting: result)
    }

    /// Takes the descriptor that was sent over a socket.
    ///
    /// - Throws: `EAGAIN` if none has come yet; `ENODATA` if a message came without one.
    public static func receive(_ socket: Int32) throws(SystemError) -> Int32 {
        let result = remora_receive_descriptor(socket)
        if result < 0 { throw SystemError(-result, "recvmsg") }
        return result
    }

    /// Connects to a packet socket, whatever the path's length.
    ///
    /// - Throws: The error of `connect`.
    public static func connectPackets(
        _ directory: String,
        _ name: String
    ) throws(SystemError) -> Int32 {
        let result = unsafe remora_connect_packets(directory, name)
        if result < 0 { throw SystemError(-result, "connect", directory + "/" + name) }
        return result
    }
}
