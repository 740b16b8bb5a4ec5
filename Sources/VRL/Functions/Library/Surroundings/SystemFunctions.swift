import Basics
import Records

/// What a script asks of the world: names, times and chance.
enum SystemFunctions {
    static let all: [Function] = [
        environment, hostname, zoneName, now, randomBool, randomBytes, randomFloat, randomInt,
        uuid4,
        uuid7, friendlyID,
    ]

    private static let environment = Function(
        "get_env_var",
        [Parameter("name", .bytes)],
        .bytes,
        fails: true
    ) { arguments, surroundings throws(FunctionError) in
        guard let value = surroundings.environment(try arguments.text(0)) else {
            throw FunctionError("environment variable not found")
        }
        return .text(value)
    }

    private static let hostname = Function(
        "get_hostname",
        [],
        .bytes,
        fails: true
    ) { _, surroundings throws(FunctionError) in
        guard let name = surroundings.hostname() else {
            throw FunctionError("failed to get hostname")
        }
        return .text(name)
    }

    private static let zoneName = Function(
        "get_timezone_name",
        [],
        .bytes,
        fails: true
    ) { _, surroundings throws(FunctionError) in
        guard surroundings.zone == "local" else { return .text(surroundings.zone) }
        return .text(surroundings.environment("TZ").flatMap { $0.isEmpty ? nil : $0 } ?? "UTC")
    }

    private static let now = Function("now", [], .timestamp) { _, surroundings in
        .timestamp(surroundings.now())
    }

    private static func number(_ surroundings: Surroundings) -> UInt64 {
        surroundings.random(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static let randomBool = Function("random_bool", [], .boolean) { _, surroundings in
        .boolean(number(surroundings) & 1 == 1)
    }

    private static let randomBytes = Function(
        "random_bytes",
        [Parameter("length", .integer)],
        outcome: { known in .init(TypeInfo(.bytes), isFallible: known.constants[0] == nil) },
        check: { known throws(FunctionError) in
            if case .integer(let count)? = known.constants[0] { _ = try length(count) }
        }
    ) { arguments, surroundings throws(FunctionError) in
        .bytes(Bytes(surroundings.random(try length(arguments.integer(0)))))
    }

    private static func length(_ count: Int64) throws(FunctionError) -> Int {
        guard count >= 0 else { throw FunctionError("Length is too small: \(count)") }
        guard count <= 64 << 10 else {
            throw FunctionError("Length is too large. Maximum is 65536")
        }
        return Int(count)
    }

    private static func isOrdered(_ known: KnownArguments) -> Bool {
        switch (known.constants[0], known.constants[1]) {
        case (.integer(let least)?, .integer(let most)?): least < most
        case (.float(let least)?, .float(let most)?): least < most
        default: false
        }
    }

    private static func checkOrder(_ known: KnownArguments) throws(FunctionError) {
        guard known.constants[0] != nil, known.constants[1] != nil, !isOrdered(known) else {
            return
        }
        throw FunctionError("max must be greater than min")
    }

    private static let randomFloat = Function(
        "random_float",
        [Parameter("min", .float), Parameter("max", .float)],
        outcome: { known in .init(TypeInfo(.float), isFallible: !isOrdered(known)) },
        check: checkOrder
    ) { arguments, surroundings throws(FunctionError) in
        let (least, most) = try (arguments.number(0), arguments.number(1))
        guard least < most, (most - least).isFinite else {
            throw FunctionError("max must be greater than min")
        }
        let share = Double(number(surroundings) >> 11) / Double(1 << 53)
        return .number(min(least + (most - least) * share, most.nextDown))
    }

    private static let randomInt = Function(
        "random_int",
        [Parameter("min", .integer), Parameter("max", .integer)],
        outcome: { known in .init(TypeInfo(.integer), isFallible: !isOrdered(known)) },
        check: checkOrder
    ) { arguments, surroundings throws(FunctionError) in
        let (least, most) = try (arguments.integer(0), arguments.integer(1))
        guard least < most else { throw FunctionError("max must be greater than min") }
        let width = UInt64(bitPattern: most &- least)
        // The high half of the product is even over the range, but for what 64 bits leave over.
        let offset = number(surroundings).multipliedFullWidth(by: width).high
        return .integer(least &+ Int64(bitPattern: offset))
    }

    private static func uuid(_ bytes: [UInt8], version: UInt8) -> Value {
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        return .text(grouped(bytes))
    }

    private static func grouped(_ bytes: [UInt8]) -> String {
        let digits = Array(TextCodecFunctions.hexadecimal(bytes))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
            .joined(separator: "-")
    }

    private static let uuid4 = Function("uuid_v4", [], .bytes) { _, surroundings in
        uuid(surroundings.random(16), version: 4)
    }

    private static let uuid7 = Function(
        "uuid_v7",
        [.optional("timestamp", .timestamp)],
        .bytes
    ) { arguments, surroundings throws(FunctionError) in
        let stamp = try arguments.has(0) ? arguments.timestamp(0) : surroundings.now()
        let milliseconds = UInt64(bitPattern: stamp.nanoseconds / 1_000_000)
        let time = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * $0)) }
        return uuid(time + surroundings.random(10), version: 7)
    }

    private static let friendlyID = Function(
        "uuid_from_friendly_id",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let text = try arguments.text(0)
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        var number: UInt128 = 0
        for byte in text.utf8 {
            guard let digit = letters.firstIndex(of: byte) else {
                throw FunctionError(
                    "failed to decode friendly id: string contains invalid characters"
                )
            }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 62)
            let (sum, isOver) = product.addingReportingOverflow(UInt128(digit))
            guard !isTooLarge, !isOver else {
                throw FunctionError(
                    "failed to decode friendly id: number would overflow a 128 bit integer"
                )
            }
            number = sum
        }
        return .text(grouped((0..<16).map { UInt8(truncatingIfNeeded: number >> (120 - 8 * $0)) }))
    }
}
