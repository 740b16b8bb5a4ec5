import Basics
import Glibc
public import Reactor
import System

/// A name server of a test's own: UDP and TCP at one port of the loopback address.
@MainLoop public final class DNSResponder {
    /// What is answered to a question.
    public enum Reply: Sendable {
        /// Records with this time to live in seconds; none is an empty answer.
        case addresses([String], ttl: Int = 60)
        /// Servers of a service.
        case services([ResolvedService])
        /// A code: 2 is SERVFAIL, 3 is NXDOMAIN, 5 is REFUSED.
        case code(UInt8)
        /// Nothing at all.
        case silence
        /// Cut over UDP, so that it is asked again over TCP, with these records.
        case cut([String])
        /// Bytes that are no answer.
        case garbage
    }

    /// A question.
    public struct Question: Sendable, Hashable {
        /// The name, in lower case and without the last full stop.
        public var name: String
        /// Whether AAAA is asked for; A otherwise.
        public var isV6: Bool
        /// Whether the servers of a service are asked for (SRV).
        public var isService: Bool
        /// Whether it came over TCP.
        public var overTCP: Bool
    }

    /// What is answered; may be changed at any time.
    public var reply: (Question) -> Reply
    /// All questions so far.
    public private(set) var questions: [Question] = []
    /// Both sockets' port.
    public let port: UInt16
    private let socket: Int32
    private let listener: StreamListener
    private var tasks: [Task<Void, Never>] = []

    /// Starts a server.
    ///
    /// - Throws: `Failure` if no port is free for both.
    public init(_ reply: @escaping (Question) -> Reply) throws {
        self.reply = reply
        // A port that is free for TCP may be taken for UDP.
        var found: (StreamListener, Int32)?
        for _ in 0..<16 where found == nil {
            let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
            if let socket = Self.bind(listener.port) { found = (listener, socket) }
        }
        guard let found else { throw Failure(.exhausted, "no port is free") }
        (listener, socket) = found
        port = listener.port
        tasks.append(Task { @MainLoop [weak self] in await self?.serveDatagrams() })
        tasks.append(Task { @MainLoop [weak self] in await self?.serveStreams() })
    }

    /// `127.0.0.1:port`.
    public var address: String { "127.0.0.1:\(port)" }

    /// Stops.
    public func close() {
        for task in tasks { task.cancel() }
        tasks = []
        listener.close()
    }

    isolated deinit {
        for task in tasks { task.cancel() }
        Glibc.close(socket)
    }

    private static func bind(_ port: UInt16) -> Int32? {
        let flags = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(AF_INET, flags, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return descriptor }
        Glibc.close(descriptor)
        return nil
    }

    private func serveDatagrams() async {
        while !Task.isCancelled {
            guard (try? await Loop.main.readable(socket)) != nil else { return }
            var buffer = [UInt8](repeating: 0, count: 1500)
            var peer = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &peer) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(socket, &buffer, buffer.count, 0, $0, &length)
                }
            }
            guard count > 0, let answer = answer(Array(buffer.prefix(count)), overTCP: false) else {
                continue
            }
            _ = withUnsafePointer(to: &peer) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(socket, answer, answer.count, 0, $0, length)
                }
            }
        }
    }

    private func serveStreams() async {
        while !Task.isCancelled, let stream = try? await listener.accept() {
            tasks.append(
                Task { @MainLoop [weak self] in
                    var received: [UInt8] = []
                    let deadline = Loop.main.now + .seconds(10)
                    while let bytes = try? await stream.read(deadline: deadline), !bytes.isEmpty {
                        received += bytes
                        while received.count >= 2 {
                            let size = Int(received[0]) << 8 | Int(received[1])
                            guard received.count >= 2 + size else { break }
                            let query = Array(received[2..<2 + size])
                            received.removeFirst(2 + size)
                            guard let answer = self?.answer(query, overTCP: true) else { continue }
                            let head = [UInt8(answer.count >> 8), UInt8(answer.count & 255)]
                            try? await stream.write(head + answer, deadline: deadline)
                        }
                    }
                }
            )
        }
    }

    private func answer(_ query: [UInt8], overTCP: Bool) -> [UInt8]? {
        guard query.count > 16 else { return nil }
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] != 0 {
            let end = index + 1 + Int(query[index])
            guard end < query.count else { return nil }
            labels.append(String(decoding: query[index + 1..<end], as: UTF8.self).lowercased())
            index = end
        }
        guard index + 5 <= query.count else { return nil }
        let end = index + 5
        let isV6 = query[index + 2] == 28
        let question = Question(
            name: labels.joined(separator: "."),
            isV6: isV6,
            isService: query[index + 2] == 33,
            overTCP: overTCP
        )
        questions.append(question)
        var records: [[UInt8]] = []
        var type: UInt8 = isV6 ? 28 : 1
        var seconds = 0
        var code: UInt8 = 0
        var isCut = false
        switch reply(question) {
        case .addresses(let texts, let ttl): (records, seconds) = (Self.octets(texts, isV6), ttl)
        case .services(let services):
            (records, seconds, type) = (services.map(Self.record), 60, 33)
        case .code(let value): code = value
        case .silence: return nil
        case .garbage: return Array(query.prefix(2)) + [0x81]
        case .cut(let texts):
            isCut = !overTCP
            if overTCP { (records, seconds) = (Self.octets(texts, isV6), 60) }
        }
        var answer = Array(query.prefix(2)) + [isCut ? 0x87 : 0x85, 0x80 | code, 0, 1]
        answer += [UInt8(records.count >> 8), UInt8(records.count & 255), 0, 0, 0, 0]
        answer += query[12..<end]
        for record in records {
            answer += [0xC0, 12, 0, type, 0, 1]
            answer += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: seconds >> $0) }
            answer += [0, UInt8(record.count)] + record
        }
        return answer
    }

    private static func record(_ service: ResolvedService) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in [service.priority, service.weight, Int(service.port)] {
            bytes += [UInt8(number >> 8 & 255), UInt8(number & 255)]
        }
        for label in service.host.split(separator: ".") {
            bytes += [UInt8(label.utf8.count)] + Array(label.utf8)
        }
        return bytes + [0]
    }

    private static func octets(_ texts: [String], _ isV6: Bool) -> [[UInt8]] {
        texts.compactMap { text in
            var octets = [UInt8](repeating: 0, count: 16)
            guard inet_pton(isV6 ? AF_INET6 : AF_INET, text, &octets) == 1 else { return nil }
            return Array(octets.prefix(isV6 ? 16 : 4))
        }
    }
}
