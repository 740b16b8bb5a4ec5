internal import Basics
internal import HTTP

/// What of a request is hashed to choose a host, compiled; the hashes are Envoy's.
struct HashPolicies {
    private enum Source {
        case field(FieldName)
        case cookie([UInt8], isMade: Bool)
        case address
        case query([UInt8])
    }

    /// A cookie that the answer has to set.
    struct MadeCookie: Equatable {
        /// The index of its policy.
        var policy: Int
        /// Its value, written as 16 hexadecimal digits.
        var value: UInt64
    }

    private var sources: [(source: Source, isTerminal: Bool)] = []
    private var cookies: [(tail: [UInt8], name: [UInt8])] = []

    init(_ policies: [HashPolicy]) {
        for policy in policies {
            var cookie: (tail: [UInt8], name: [UInt8]) = ([], [])
            switch policy {
            case .header(let name, let isTerminal):
                sources.append((.field(FieldName(name)), isTerminal))
            case .cookie(let name, let lifetime, let path, let isTerminal):
                let bytes = Array(name.utf8)
                sources.append((.cookie(bytes, isMade: lifetime != nil), isTerminal))
                var tail = ""
                if let lifetime, lifetime > .zero {
                    tail += "; Max-Age=\(lifetime.components.seconds)"
                }
                if !path.isEmpty { tail += "; Path=\(path)" }
                cookie = (Array((tail + "; HttpOnly").utf8), bytes)
            case .sourceAddress(let isTerminal): sources.append((.address, isTerminal))
            case .query(let name, let isTerminal):
                sources.append((.query(Array(name.utf8)), isTerminal))
            }
            cookies.append(cookie)
        }
    }

    /// Whether nothing is hashed.
    var isEmpty: Bool { sources.isEmpty }

    /// The hash of a request, or `nil` if nothing of what is hashed is there; `scratch` is empty before and after.
    func hash(
        _ head: borrowing RequestHead,
        client: PeerAddress,
        random: inout RandomSource,
        made: inout MadeCookie?,
        scratch: inout ByteBuffer
    ) -> UInt64? {
        var result: UInt64?
        for index in sources.indices {
            let one: UInt64?
            switch sources[index].source {
            case .field(let name): one = Self.field(name, head)
            case .address: one = Self.address(client, &scratch)
            case .query(let name):
                one = head.path.parameter(name.span).map {
                    XXHash64.hash(head.path.extracting($0))
                }
            case .cookie(let name, let isMade):
                if let hash = Self.cookie(name, head.fields) {
                    one = hash
                } else if isMade {
                    let value = random.next()
                    made = MadeCookie(policy: index, value: value)
                    Self.write(value, into: &scratch)
                    one = XXHash64.hash(scratch.readable)
                    scratch.removeAll()
                } else {
                    one = nil
                }
            }
            guard let one else { continue }
            // Turned by one, so that two equal hashes do not cancel each other.
            result = result.map { ($0 << 1 | $0 >> 63) ^ one } ?? one
            if sources[index].isTerminal { break }
        }
        return result
    }

    /// Writes the value of `set-cookie`.
    func write(_ cookie: MadeCookie, into buffer: inout ByteBuffer) {
        let name = cookies[cookie.policy].name
        let tail = cookies[cookie.policy].tail
        buffer.append(name.span)
        buffer.append("=\"")
        Self.write(cookie.value, into: &buffer)
        buffer.append(byte: UInt8(ascii: "\""))
        buffer.append(tail.span)
    }

    /// The hash of an address, for `sourceHash` and policies.
    static func address(_ address: PeerAddress, _ scratch: inout ByteBuffer) -> UInt64? {
        if address.family == .none { return nil }
        address.write(into: &scratch)
        let hash = XXHash64.hash(scratch.readable)
        scratch.removeAll()
        return hash
    }

    private static func write(_ value: UInt64, into buffer: inout ByteBuffer) {
        for shift in 0..<16 {
            let digit = UInt(value >> UInt64(60 - 4 * shift) & 15)
            buffer.append(hexadecimal: digit)
        }
    }

    private static func field(_ name: FieldName, _ head: borrowing RequestHead) -> UInt64? {
        switch name.kind {
        case .path: return XXHash64.hash(head.path)
        case .authority: return head.authority.isEmpty ? nil : XXHash64.hash(head.authority)
        case .method: return XXHash64.hash(head.methodName)
        case .scheme, .status: return nil
        case .field:
            guard let index = name.first(in: head.fields) else { return nil }
            return XXHash64.hash(head.fields.value(index))
        }
    }

    private static func cookie(_ name: [UInt8], _ fields: borrowing HeaderBlock) -> UInt64? {
        var next = fields.first(.cookie)
        while let index = next {
            let value = fields.value(index)
            if let range = value.cookie(name.span) {
                var cookie = value.extracting(range)
                if cookie.count >= 2, cookie[0] == 0x22, cookie[cookie.count - 1] == 0x22 {
                    cookie = cookie.extracting(1..<cookie.count - 1)
                }
                return XXHash64.hash(cookie)
            }
            next = fields.first(.cookie, from: index + 1)
        }
        return nil
    }
}
