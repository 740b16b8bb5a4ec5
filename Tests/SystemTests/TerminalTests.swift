import Foundation
import Testing

@testable import System

@Suite("Terminal") struct TerminalTests {
    @Test func `a pipe is no terminal`() throws {
        let null = try Descriptors.open("/dev/null")
        #expect(!Terminal.isTerminal(null.number))
        #expect(Terminal.size(null.number) == nil)
        let error = #expect(throws: SystemError.self) { try RawTerminal(null.number) }
        #expect(error?.number == ENOTTY)
    }

    @Test func `raw mode ends echo and is taken back`() throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        defer { close(master) }
        // TIOCSPTLCK and TIOCGPTN.
        var number: Int32 = 0
        try #require(ioctl(master, 0x4004_5431, &number) == 0)
        try #require(ioctl(master, 0x8004_5430, &number) == 0)
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(slave >= 0)
        defer { close(slave) }
        #expect(Terminal.isTerminal(slave))
        let raw = try RawTerminal(slave)
        #expect(try echoes(slave) == false)
        raw.restore()
        #expect(try echoes(slave))
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
        let known = try #require(Terminal.size(slave))
        #expect(known == (columns: 80, rows: 24))
    }

    private func echoes(_ descriptor: Int32) throws -> Bool {
        var mode = termios()
        try #require(tcgetattr(descriptor, &mode) == 0)
        return mode.c_lflag & tcflag_t(ECHO) != 0
    }
}
