import Basics
import Formats
import Records

/// The logs of web servers, and of programs that log as Google's do.
enum ServerLogFunctions {
    static let all: [Function] = [parseCommon, parseApache, parseNginx, parseKlog, parseGlog]

    private static let access = "%d/%b/%Y:%T %z"

    private static let parseCommon = Function(
        "parse_common_log",
        [Parameter("value", .bytes), .optional("timestamp_format", .bytes)],
        outcome: { _ in .init(type(of: [ServerLogPatterns.common]), isFallible: true) },
        check: { known throws(FunctionError) in
            if let text = known.text(1) { try check(format: text) }
        },
        patterns: { _ in [ServerLogPatterns.common] }
    ) { arguments, surroundings, own throws(FunctionError) in
        let formats = [try arguments.text(1, or: access)]
        let patterns = own ?? shared([ServerLogPatterns.common])
        return try read(arguments, patterns, formats, surroundings, "common")
    }

    private static func check(format: String) throws(FunctionError) {
        do throws(TimeMistake) {
            _ = try ChronoFormat(format)
        } catch {
            throw FunctionError("timestamp_format \(Scalars.quoted(format)): \(error)")
        }
    }

    private static func shared(_ patterns: [String]) -> [any ExpressionMatching] {
        patterns.map { SharedExpression(text: $0) }
    }

    private static let parseApache = serving(
        "parse_apache_log",
        [
            ("common", [ServerLogPatterns.common], [access]),
            ("combined", [ServerLogPatterns.combined], [access]),
            (
                "error", ServerLogPatterns.apacheErrors,
                ["%a %b %d %H:%M:%S%.6f %Y", "%a %b %d %H:%M:%S %Y", access]
            ),
        ]
    )

    private static let parseNginx = serving(
        "parse_nginx_log",
        [
            ("combined", [ServerLogPatterns.nginxCombined], [access]),
            ("error", [ServerLogPatterns.nginxError], ["%Y/%m/%d %H:%M:%S"]),
            ("ingress_upstreaminfo", [ServerLogPatterns.ingress], [access]),
            ("main", [ServerLogPatterns.nginxMain], [access]),
        ]
    )

    private static func serving(
        _ name: String,
        _ forms: [(name: String, patterns: [String], times: [String])]
    ) -> Function {
        Function(
            name,
            [
                Parameter("value", .bytes), Parameter("format", .bytes, isStatic: true),
                .optional("timestamp_format", .bytes),
            ],
            outcome: { known in
                guard let wanted = known.text(1),
                    let form = forms.first(where: { $0.name == wanted })
                else { return .init(TypeInfo(.object), isFallible: true) }
                return .init(type(of: form.patterns), isFallible: true)
            },
            check: { known throws(FunctionError) in
                try known.choose(1, forms.map(\.name), "format")
                if let text = known.text(2) { try check(format: text) }
            },
            patterns: { known in
                let wanted = known.text(1)
                return forms.first { $0.name == wanted }?.patterns
            }
        ) { arguments, surroundings, own throws(FunctionError) in
            let wanted = try arguments.text(1)
            guard let form = forms.first(where: { $0.name == wanted }) else {
                throw FunctionError("unknown format: \(wanted)")
            }
            let times = try arguments.has(2) ? [arguments.text(2)] : form.times
            let patterns = own ?? shared(form.patterns)
            return try read(arguments, patterns, times, surroundings, wanted)
        }
    }

    private static let numbers: Set<String> = [
        "status", "size", "pid", "tid", "cid", "port", "body_bytes_size", "request_length",
        "upstream_response_length", "upstream_status",
    ]
    private static let fractions: Set<String> = [
        "excess", "request_time", "upstream_response_time",
    ]

    private static func kinds(of name: String) -> Kinds {
        if name == "timestamp" { return [.timestamp, .null] }
        if numbers.contains(name) { return [.integer, .null] }
        return fractions.contains(name) ? [.float, .null] : [.bytes, .null]
    }

    private static func type(of patterns: [String]) -> TypeInfo {
        var fields: [String: TypeInfo] = [:]
        for pattern in patterns {
            for name in ServerLogPatterns.names(of: pattern) {
                fields[name] = TypeInfo(kinds(of: name))
            }
        }
        return .object(fields)
    }

    private static func read(
        _ arguments: Arguments,
        _ patterns: [any ExpressionMatching],
        _ times: [String],
        _ surroundings: Surroundings,
        _ kind: String
    ) throws(FunctionError) -> Value {
        let bytes = try arguments.bytes(0).asUnicode
        for pattern in patterns {
            guard let (names, ranges) = pattern.groups(in: bytes) else { continue }
            var fields: Fields = [:]
            for name in names {
                guard let range = ranges[name.number] else { continue }
                let key = ServerLogPatterns.plain(name.name)
                let text = String(decoding: bytes[range], as: UTF8.self)
                if case .bytes(let before)? = fields[key] {
                    // A message may stand in two parts of a line.
                    fields[key] = .text(before.text + text)
                } else {
                    fields[key] = try value(key, text, times, surroundings)
                }
            }
            return .object(fields)
        }
        throw FunctionError("failed parsing \(kind) log line")
    }

    private static func value(
        _ name: String,
        _ text: String,
        _ times: [String],
        _ surroundings: Surroundings
    ) throws(FunctionError) -> Value {
        if name == "timestamp" { return try time(text, times, surroundings) }
        if numbers.contains(name) {
            guard let number = Int64(text) else { throw FunctionError("failed parsing \(name)") }
            return .integer(number)
        }
        guard fractions.contains(name) else { return .text(text) }
        guard let number = Scalars.decimal(text) else {
            throw FunctionError("failed parsing \(name)")
        }
        return .number(number)
    }

    private static func time(
        _ text: String,
        _ formats: [String],
        _ surroundings: Surroundings
    ) throws(FunctionError) -> Value {
        let zone = Zones.named(surroundings.zone) ?? .utc
        let bytes = Array(text.utf8)
        var mistake: TimeMistake?
        for format in formats {
            do throws(TimeMistake) {
                return .timestamp(try ChronoFormat(format).parse(bytes.span, zone: zone))
            } catch {
                mistake = mistake ?? error
            }
        }
        throw FunctionError(
            "failed parsing timestamp \(text) using format \(formats[0]): \(mistake ?? .badFormat)"
        )
    }

    // MARK: klog and glog

    private static let parseKlog = Function(
        "parse_klog",
        [Parameter("value", .bytes)],
        outcome: { _ in .init(programType, isFallible: true) },
        patterns: { _ in [ServerLogPatterns.klog] }
    ) { arguments, surroundings, own throws(FunctionError) in
        let now = CivilTime(surroundings.now(), offset: 0)
        let patterns = own ?? shared([ServerLogPatterns.klog])
        return try program(arguments, patterns, "klog") { stamp in
            // A line of December that is read in January is of the year before.
            let year = now.month == 1 && stamp.hasPrefix("12") ? now.year - 1 : now.year
            return "\(year)\(stamp)"
        }
    }

    private static let parseGlog = Function(
        "parse_glog",
        [Parameter("value", .bytes)],
        outcome: { _ in .init(programType, isFallible: true) },
        patterns: { _ in [ServerLogPatterns.glog] }
    ) { arguments, _, own throws(FunctionError) in
        try program(arguments, own ?? shared([ServerLogPatterns.glog]), "glog") { $0 }
    }

    private static let programType = TypeInfo.object([
        "level": TypeInfo([.bytes, .null]), "timestamp": TypeInfo([.timestamp, .null]),
        "id": TypeInfo([.integer, .null]), "file": TypeInfo([.bytes, .null]),
        "line": TypeInfo([.integer, .null]), "message": TypeInfo([.bytes, .null]),
    ])

    private static func program(
        _ arguments: Arguments,
        _ patterns: [any ExpressionMatching],
        _ kind: String,
        _ dated: (String) -> String
    ) throws(FunctionError) -> Value {
        let bytes = try arguments.bytes(0).asUnicode
        guard let (names, ranges) = patterns[0].groups(in: bytes) else {
            throw FunctionError("failed parsing \(kind) message")
        }
        var fields: Fields = [:]
        for name in names {
            guard let range = ranges[name.number] else { continue }
            let text = String(decoding: bytes[range], as: UTF8.self)
            switch name.name {
            case "level":
                let levels = ["I": "info", "W": "warning", "E": "error", "F": "fatal"]
                guard let level = levels[text] else {
                    throw FunctionError("unrecognized log level \"\(text)\"")
                }
                fields["level"] = .text(level)
            case "timestamp":
                let stamp = Array(dated(text).utf8)
                do throws(TimeMistake) {
                    let format = try ChronoFormat("%Y%m%d %H:%M:%S%.6f")
                    fields["timestamp"] = .timestamp(try format.parse(stamp.span))
                } catch {
                    throw FunctionError("failed parsing timestamp \(text): \(error)")
                }
            case "id", "line":
                guard let number = Int64(text) else {
                    throw FunctionError("failed parsing \(name.name)")
                }
                fields[name.name] = .integer(number)
            default: fields[name.name] = .text(text)
            }
        }
        return .object(fields)
    }
}
