/// The messages of gRPC's health service, `grpc.health.v1.Health/Check`.
public enum GRPCHealth {
    /// The path of the method.
    public static let path = "/grpc.health.v1.Health/Check"

    /// The names of the statuses, by number; 1 is the healthy one.
    public static let statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]

    /// The body of a request: a length-prefixed protobuf with the service's name in field 1.
    public static func request(_ service: String) -> [UInt8] {
        var message: [UInt8] = []
        if !service.isEmpty {
            message.append(0x0A)
            var length = service.utf8.count
            while length > 127 {
                message.append(UInt8(length & 127) | 128)
                length >>= 7
            }
            message.append(UInt8(length))
            message.append(contentsOf: service.utf8)
        }
        let size = UInt32(message.count)
        return [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> UInt32($0)) } + message
    }

    /// The status in a response's body: the value of field 1, where an absent field is 0.
    ///
    /// `nil` for what is no such message.
    public static func status(in body: [UInt8]) -> Int? {
        guard body.count >= 5, body[0] == 0 else { return nil }
        let size = body[1...4].reduce(0) { $0 << 8 | Int($1) }
        guard body.count - 5 >= size else { return nil }
        var rest = body[5..<5 + size]
        var status = 0
        while let tag = varint(&rest) {
            switch tag & 7 {
            case 0:
                guard let value = varint(&rest) else { return nil }
                if tag >> 3 == 1 { status = Int(clamping: value) }
            case 2:
                guard let length = varint(&rest), length <= UInt64(rest.count) else { return nil }
                rest = rest.dropFirst(Int(length))
            case 1 where rest.count >= 8: rest = rest.dropFirst(8)
            case 5 where rest.count >= 4: rest = rest.dropFirst(4)
            default: return nil
            }
        }
        return rest.isEmpty ? status : nil
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(10).enumerated() {
            value |= UInt64(byte & 127) << UInt64(7 * index)
            if byte < 128 {
                rest = rest.dropFirst(index + 1)
                return value
            }
        }
        return nil
    }
}
