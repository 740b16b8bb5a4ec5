import Formats
import Records
import Security

/// Addresses of the internet.
enum AddressFunctions {
    static let all: [Function] = [
        isAddress("is_ipv4", version6: false), isAddress("is_ipv6", version6: true), version, aton,
        ntoa, ntop, pton, toVersion6, toVersion4, subnet, contains, communityID,
    ]

    private static func address(_ arguments: Arguments, _ place: Int) throws(FunctionError)
        -> Address
    {
        guard let address = Address(try arguments.text(place)) else {
            throw FunctionError("unable to parse IP address: invalid IP address syntax")
        }
        return address
    }

    private static func isAddress(_ name: String, version6: Bool) -> Function {
        Function(name, [Parameter("value", .bytes)], .boolean) {
            arguments,
            _ throws(FunctionError) in
            .boolean(Address(try arguments.text(0))?.isVersion6 == version6)
        }
    }

    private static let version = Function(
        "ip_version",
        [Parameter("value", .bytes)],
        [.bytes, .null]
    ) { arguments, _ throws(FunctionError) in
        Address(try arguments.text(0)).map { .text($0.isVersion6 ? "IPv6" : "IPv4") } ?? .null
    }

    private static let aton = Function(
        "ip_aton",
        [Parameter("value", .bytes)],
        .integer,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        guard let address = Address(try arguments.text(0)), !address.isVersion6 else {
            throw FunctionError("unable to parse IPv4 address: invalid IPv4 address syntax")
        }
        return .integer(address.bytes.reduce(0) { $0 << 8 | Int64($1) })
    }

    private static let ntoa = Function(
        "ip_ntoa",
        [Parameter("value", .integer)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        guard let number = UInt32(exactly: try arguments.integer(0)) else {
            throw FunctionError("cannot convert to bytes: integer does not fit in u32")
        }
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        return .text(Address(bytes: bytes).text)
    }

    private static let ntop = Function(
        "ip_ntop",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0).array
        guard bytes.count == 4 || bytes.count == 16 else {
            throw FunctionError(
                "IPv4 or IPv6 addresses are expected to be of length 4 or 16 bytes, got \(bytes.count)"
            )
        }
        return .text(Address(bytes: bytes).text)
    }

    private static let pton = Function(
        "ip_pton",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        .bytes(Bytes(try address(arguments, 0).bytes))
    }

    private static let toVersion6 = Function(
        "ip_to_ipv6",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let address = try address(arguments, 0)
        if address.isVersion6 { return .text(address.text) }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address.bytes
        return .text(Address(bytes: mapped).text)
    }

    private static let toVersion4 = Function(
        "ipv6_to_ipv4",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let address = try address(arguments, 0)
        guard address.isVersion6 else { return .text(address.text) }
        let head = address.bytes[..<12]
        let isMapped = head == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        guard isMapped || head.allSatisfy({ $0 == 0 }) else {
            throw FunctionError("IPV6 address \(address.text) is not compatible with IPV4")
        }
        return .text(Address(bytes: Array(address.bytes[12...])).text)
    }

    private static let subnet = Function(
        "ip_subnet",
        [Parameter("value", .bytes), Parameter("subnet", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let address = try address(arguments, 0)
        let mask = try arguments.text(1)
        if mask.hasPrefix("/") {
            guard let count = UInt32(mask.dropFirst()) else {
                throw FunctionError("\(mask) is not a valid subnet")
            }
            let (most, name) = address.isVersion6 ? (128, "ipv6") : (32, "ipv4")
            guard count <= most else {
                throw FunctionError(
                    "subnet cannot be greater than \(most) for \(name) addresses"
                )
            }
            return .text(address.prefix(Int(count)).text)
        }
        guard let other = Address(mask) else {
            throw FunctionError("unable to parse mask: invalid IP address syntax")
        }
        guard other.isVersion6 == address.isVersion6 else {
            let (one, two) = address.isVersion6 ? ("ipv6", "ipv4") : ("ipv4", "ipv6")
            throw FunctionError("attempting to mask an \(one) address with an \(two) mask")
        }
        return .text(Address(bytes: zip(address.bytes, other.bytes).map { $0 & $1 }).text)
    }

    private static let contains = Function(
        "ip_cidr_contains",
        [Parameter("cidr", [.bytes, .array], items: .bytes), Parameter("value", .bytes)],
        .boolean,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let address = try address(arguments, 1)
        let value = try arguments.value(0)
        let blocks: [String]
        if case .array = value {
            blocks = try arguments.texts(0)
        } else {
            blocks = [try arguments.text(0)]
        }
        for text in blocks {
            let (network, count) = try block(text)
            if network.isVersion6 == address.isVersion6, address.prefix(count) == network {
                return .boolean(true)
            }
        }
        return .boolean(false)
    }

    private static func block(_ text: String) throws(FunctionError) -> (Address, Int) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = Address(String(parts[0])) else {
            throw FunctionError(
                "unable to parse CIDR: couldn't parse address in network: invalid IP address syntax"
            )
        }
        let most = network.isVersion6 ? 128 : 32
        guard parts.count > 1 else { return (network, most) }
        guard let count = UInt8(parts[1]) else {
            throw FunctionError(
                "unable to parse CIDR: couldn't parse length in network: invalid digit found in string"
            )
        }
        guard count <= most else {
            throw FunctionError("unable to parse CIDR: network length is too long")
        }
        guard network.prefix(Int(count)) == network else {
            throw FunctionError("unable to parse CIDR: host part of address was not zero")
        }
        return (network, Int(count))
    }

    // MARK: Community ID (corelight/community-id-spec, version 1)

    private static let communityID = Function(
        "community_id",
        [
            Parameter("source_ip", .bytes), Parameter("destination_ip", .bytes),
            Parameter("protocol", .integer), .optional("source_port", .integer),
            .optional("destination_port", .integer), .optional("seed", .integer),
        ],
        .bytes,
        fails: true,
        check: { known throws(FunctionError) in
            for (place, name, most) in [
                (2, "protocol", 255), (3, "source_port", 65535), (4, "destination_port", 65535),
                (5, "seed", 65535),
            ] {
                guard case .integer(let number)? = known.constants[place] else { continue }
                if !(0...Int64(most)).contains(number) {
                    throw FunctionError("\"\(name)\" must be between 0 and \(most)")
                }
            }
        }
    ) { arguments, _ throws(FunctionError) in
        guard let source = Address(try arguments.text(0)) else {
            throw FunctionError("unable to parse source IP address: invalid IP address syntax")
        }
        guard let destination = Address(try arguments.text(1)) else {
            throw FunctionError("unable to parse destination IP address: invalid IP address syntax")
        }
        func number(_ place: Int, _ name: String, _ most: Int64) throws(FunctionError) -> Int? {
            guard arguments.has(place) else { return nil }
            let number = try arguments.integer(place)
            guard (0...most).contains(number) else {
                throw FunctionError(
                    "\(name) must be between 0 and \(most): out of range integral type conversion attempted"
                )
            }
            return Int(number)
        }
        let kind = try number(2, "protocol", 255) ?? 0
        let ports = try (
            number(3, "source port", 65535), number(4, "destination port", 65535)
        )
        let seed = try number(5, "seed", 65535) ?? 0
        return .text(try communityID(source, destination, kind, ports, seed))
    }

    private static func communityID(
        _ source: Address,
        _ destination: Address,
        _ kind: Int,
        _ ports: (Int?, Int?),
        _ seed: Int
    ) throws(FunctionError) -> String {
        var (first, second) = (source.bytes, destination.bytes)
        var pair: (Int, Int)?
        if [1, 6, 17, 58, 132].contains(kind) {
            guard let one = ports.0, let two = ports.1 else {
                throw FunctionError(
                    "src port and dst port should be set when protocol is icmp/icmp6/tcp/udp/sctp"
                )
            }
            pair = (one, two)
        } else if let one = ports.0, let two = ports.1 {
            pair = (one, two)
        }
        var isOneWay = false
        if kind == 1 || kind == 58, let (type, code) = pair {
            let table =
                kind == 1
                ? [8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17, 10: 9, 9: 10]
                : [
                    128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130,
                    144: 145, 145: 144, 139: 140, 140: 139,
                ]
            isOneWay = table[type] == nil
            pair = (type, table[type] ?? code)
        }
        let isLess =
            first != second
            ? first.lexicographicallyPrecedes(second) : (pair.map { $0.0 < $0.1 } ?? true)
        if !isOneWay, !isLess {
            swap(&first, &second)
            pair = pair.map { ($0.1, $0.0) }
        }
        func word(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
        var message = word(seed) + first + second + [UInt8(kind), 0]
        if let (one, two) = pair { message += word(one) + word(two) }
        return "1:" + Base64.encode(Digest.sha1(message))
    }
}
