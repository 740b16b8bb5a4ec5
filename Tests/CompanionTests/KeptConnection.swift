import Foundation
import Glibc
import Synchronization
import TestKit

/// A client's connection that is kept for request after request.
final class KeptConnection: Sendable {
    private let socket: Int32

    /// Connects to a port of the loopback address.
    init(port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, length)
            }
        }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            socket,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        guard result == 0 else {
            throw TestProgram.Problem(description: "cannot connect to \(port): \(errno)")
        }
    }

    deinit { close(socket) }

    /// Ends the connection in order.
    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Sends a text.
    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        else { throw TestProgram.Problem(description: "cannot send: \(errno)") }
    }

    /// Asks once; the whole answer, empty if the server hung up or said nothing instead.
    ///
    /// `first` is sent in the same piece, before the request.
    func ask(after first: String = "") throws -> String {
        try send(first + "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return "" }
            answer += buffer[..<count]
            let text = String(decoding: answer, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let head = text[..<end.lowerBound].lowercased()
            guard let field = head.range(of: "content-length: "),
                let length = Int(head[field.upperBound...].prefix { $0.isNumber })
            else { return text }
            if text[end.upperBound...].utf8.count >= length { return text }
        }
    }

    /// Asks again and again until an answer says that the connection ends.
    ///
    /// - Returns: How often it asked, and how many were not answered with 200.
    func askUntilClosed(
        within limit: Duration,
        counting count: Count? = nil
    ) async -> (asked: Int, lost: Int) {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var asked = 0
        var lost = 0
        while clock.now < end {
            let answer = (try? ask()) ?? ""
            asked += 1
            count?.add()
            if !answer.contains(" 200 ") {
                lost += 1
                break
            }
            if answer.lowercased().contains("connection: close") { break }
            await Task.yield()
        }
        return (asked, lost)
    }

    /// How many requests several connections have asked together.
    final class Count: Sendable {
        private let value = Atomic(0)
        var total: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }
}
