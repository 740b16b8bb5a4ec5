import Basics
import Records

/// Times to texts and numbers, and back.
enum TimestampFunctions {
    static let all: [Function] = [
        parseTimestamp, formatTimestamp, toUnix, fromUnix, toTimestamp,
    ]

    private static let units = ["seconds", "milliseconds", "microseconds", "nanoseconds"]

    private static func unit(_ arguments: Arguments) throws(FunctionError) -> UnixUnit {
        let name = try arguments.text(1, or: "seconds")
        switch name {
        case "seconds": return .seconds
        case "milliseconds": return .milliseconds
        case "microseconds": return .microseconds
        case "nanoseconds": return .nanoseconds
        default: throw FunctionError("unit not recognized: \(name)")
        }
    }

    private static let toUnix = Function(
        "to_unix_timestamp",
        [Parameter("value", .timestamp), .optional("unit", .bytes, isStatic: true)],
        .integer,
        check: { known throws(FunctionError) in try known.choose(1, units, "unit") }
    ) { arguments, _ throws(FunctionError) in
        .integer(try arguments.timestamp(0).unix(unit(arguments)))
    }

    private static let fromUnix = Function(
        "from_unix_timestamp",
        [Parameter("value", .integer), .optional("unit", .bytes, isStatic: true)],
        .timestamp,
        fails: true,
        check: { known throws(FunctionError) in try known.choose(1, units, "unit") }
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        guard case .integer(let number) = value else {
            throw FunctionError("unable to coerce \(value.kind.text) into timestamp")
        }
        guard let stamp = Timestamp(unix: number, try unit(arguments)) else {
            throw FunctionError("unable to coerce \(number) into timestamp")
        }
        return .timestamp(stamp)
    }

    /// Deprecated in Vector, but still in many scripts.
    private static let toTimestamp = Function(
        "to_timestamp",
        [
            Parameter("value", [.bytes, .integer, .float, .timestamp]),
            .optional("unit", .bytes, isStatic: true),
        ],
        outcome: { known in
            .init(TypeInfo(.timestamp), isFallible: known.kinds(0) != .timestamp)
        },
        check: { known throws(FunctionError) in try known.choose(1, units, "unit") }
    ) { arguments, surroundings throws(FunctionError) in
        let value = try arguments.value(0)
        switch value {
        case .timestamp: return value
        case .integer(let number):
            guard let stamp = Timestamp(unix: number, try unit(arguments)) else {
                throw FunctionError("unable to coerce \(number) into timestamp")
            }
            return .timestamp(stamp)
        case .float(let number):
            let nanoseconds = (number * 1e9).rounded()
            guard let whole = Int64(exactly: nanoseconds) else {
                throw FunctionError("unable to coerce \(number) into timestamp")
            }
            return .timestamp(Timestamp(nanoseconds: whole))
        case .bytes(let bytes):
            let zone = try zone(surroundings.zone)
            for text in usual {
                guard let format = try? ChronoFormat(text) else { continue }
                if let stamp = try? format.parse(bytes.span, zone: zone) {
                    return .timestamp(stamp)
                }
            }
            throw FunctionError(
                "No matching timestamp format found for \(Scalars.quoted(bytes.text))"
            )
        default: throw FunctionError("unable to coerce \(value.kind.text) into timestamp")
        }
    }

    /// The forms of times that are looked for if none is named.
    private static let usual = [
        "%+", "%F %T", "%v %T", "%FT%T", "%m/%d/%Y:%T", "%a, %d %b %Y %T", "%a %d %b %T %Y",
        "%A %d %B %T %Y", "%a %b %e %T %Y", "%s", "%FT%TZ", "%FT%X%z", "%FT%X%:z",
        "%a, %d %b %Y %T %z", "%a %d %b %T %Z %Y",
    ]

    private static func format(_ text: String) throws(FunctionError) -> ChronoFormat {
        do throws(TimeMistake) {
            return try ChronoFormat(text)
        } catch {
            throw FunctionError("unable to read the format \(Scalars.quoted(text)): \(error)")
        }
    }

    private static func zone(_ name: String) throws(FunctionError) -> Zone {
        guard let zone = Zones.named(name) else {
            throw FunctionError("unable to parse timezone: \(name)")
        }
        return zone
    }

    private static func parsed(
        _ value: Value,
        _ format: ChronoFormat,
        _ zone: Zone
    ) throws(FunctionError) -> Value {
        switch value {
        case .timestamp: return value
        case .bytes(let bytes):
            do throws(TimeMistake) {
                return .timestamp(try format.parse(bytes.span, zone: zone))
            } catch {
                throw FunctionError("Invalid timestamp \(Scalars.quoted(bytes.text)): \(error)")
            }
        default: throw FunctionError("unable to convert \(value.kind.text) value to timestamp")
        }
    }

    private static let parseTimestamp = Function(
        "parse_timestamp",
        [
            Parameter("value", [.bytes, .timestamp]), Parameter("format", .bytes),
            .optional("timezone", .bytes),
        ],
        outcome: { _ in .init(TypeInfo(.timestamp), isFallible: true) },
        check: { known throws(FunctionError) in
            if let text = known.text(1) { _ = try format(text) }
            if let name = known.text(2) { _ = try zone(name) }
        },
        prepare: { known in
            guard let text = known.text(1), let format = try? ChronoFormat(text),
                known.types[2] == nil || known.constants[2] != nil
            else { return nil }
            if format.hasZone, known.types[2] == nil {
                return { arguments, _ throws(FunctionError) in
                    try parsed(arguments.value(0), format, .utc)
                }
            }
            if let name = known.text(2) {
                guard let fixed = Zones.named(name) else { return nil }
                return { arguments, _ throws(FunctionError) in
                    try parsed(arguments.value(0), format, fixed)
                }
            }
            let usual = UsualZone()
            return { arguments, surroundings throws(FunctionError) in
                guard let place = usual.named(surroundings.zone) else {
                    throw FunctionError("unable to parse timezone: \(surroundings.zone)")
                }
                return try parsed(arguments.value(0), format, place)
            }
        },
        body: .plain { arguments, surroundings throws(FunctionError) in
            let zone = try zone(arguments.text(2, or: surroundings.zone))
            return try parsed(arguments.value(0), format(arguments.text(1)), zone)
        }
    )

    private static let formatTimestamp = Function(
        "format_timestamp",
        [
            Parameter("value", .timestamp), Parameter("format", .bytes),
            .optional("timezone", .bytes),
        ],
        outcome: { _ in .init(TypeInfo(.bytes), isFallible: true) },
        check: { known throws(FunctionError) in
            if let text = known.text(1) {
                _ = try formatted(Timestamp(nanoseconds: 0), format(text), .utc)
            }
            if let name = known.text(2) { _ = try zone(name) }
        },
        prepare: { known in
            guard let text = known.text(1), let format = try? ChronoFormat(text),
                known.types[2] == nil || known.constants[2] != nil
            else { return nil }
            let zone = known.text(2).flatMap { Zones.named($0) } ?? .utc
            return { arguments, _ throws(FunctionError) in
                try formatted(arguments.timestamp(0), format, zone)
            }
        },
        body: .plain { arguments, _ throws(FunctionError) in
            let zone = try zone(arguments.text(2, or: "UTC"))
            return try formatted(arguments.timestamp(0), format(arguments.text(1)), zone)
        }
    )

    private static func formatted(
        _ stamp: Timestamp,
        _ format: ChronoFormat,
        _ zone: Zone
    ) throws(FunctionError) -> Value {
        var output: [UInt8] = []
        do throws(TimeMistake) {
            try format.append(stamp, zone: zone, to: &output)
        } catch {
            throw FunctionError("unable to format timestamp: \(error)")
        }
        return .bytes(Bytes(output))
    }
}
