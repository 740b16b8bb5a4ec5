import Records

/// Lines of pairs, of CSV and of syslog.
enum LineFunctions {
    static let all: [Function] = [
        parseKeyValue, parseLogfmt, parseCSV, syslog("parse_syslog"),
        syslog("parse_linux_authorization"),
    ]

    private static let pairs = TypeInfo.object([:], others: [.bytes, .boolean, .array])

    private static let parseKeyValue = Function(
        "parse_key_value",
        [
            Parameter("value", .bytes), .optional("key_value_delimiter", .bytes),
            .optional("field_delimiter", .bytes), .optional("whitespace", .bytes, isStatic: true),
            .optional("accept_standalone_key", .boolean),
        ],
        outcome: { _ in .init(pairs, isFallible: true) },
        check: { known throws(FunctionError) in
            try known.choose(3, ["strict", "lenient"], "whitespace")
        },
        prepare: { known in
            let isKnown = (1...4).allSatisfy {
                known.types[$0] == nil || known.constants[$0] != nil
            }
            guard isKnown, let reader = try? reader(Arguments(known.constants)) else { return nil }
            return { arguments, _ throws(FunctionError) in try read(arguments, reader) }
        },
        body: .plain { arguments, _ throws(FunctionError) in
            try read(arguments, reader(arguments))
        }
    )

    private static func reader(_ arguments: Arguments) throws(FunctionError) -> KeyValueReader {
        KeyValueReader(
            keyDelimiter: try arguments.text(1, or: "="),
            fieldDelimiter: try arguments.text(2, or: " "),
            isStrict: try arguments.text(3, or: "lenient") == "strict",
            acceptsStandaloneKeys: try arguments.boolean(4, or: true)
        )
    }

    private static func read(
        _ arguments: Arguments,
        _ reader: KeyValueReader
    ) throws(FunctionError) -> Value {
        let bytes = try arguments.bytes(0)
        do throws(ParseMistake) {
            return .object(try reader.fields(bytes.span))
        } catch {
            throw FunctionError(error.message)
        }
    }

    private static let parseLogfmt = Function(
        "parse_logfmt",
        [Parameter("value", .bytes)],
        pairs,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        try read(arguments, KeyValueReader())
    }

    private static let parseCSV = Function(
        "parse_csv",
        [Parameter("value", .bytes), .optional("delimiter", .bytes)],
        .array(of: .bytes),
        fails: true,
        check: { known throws(FunctionError) in
            if let text = known.text(1), text.utf8.count != 1 {
                throw FunctionError("delimiter must be a single character")
            }
        }
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0)
        let delimiter = Array(try arguments.text(1, or: ",").utf8)
        guard delimiter.count == 1 else {
            throw FunctionError("delimiter must be a single character")
        }
        guard !bytes.isEmpty else { return .array([]) }
        return .array(CSVReader(delimiter: delimiter[0]).row(bytes.span).values.map { .bytes($0) })
    }

    private static func syslog(_ name: String) -> Function {
        let text = TypeInfo([.bytes, .null])
        return Function(
            name,
            [Parameter("value", .bytes)],
            .object(
                [
                    "message": TypeInfo(.bytes), "hostname": text, "severity": text,
                    "facility": text, "appname": text, "msgid": text,
                    "procid": TypeInfo([.bytes, .integer, .null]),
                    "timestamp": TypeInfo([.timestamp, .null]),
                    "version": TypeInfo([.integer, .null]),
                ],
                others: .object
            ),
            fails: true
        ) { arguments, surroundings throws(FunctionError) in
            let bytes = try arguments.bytes(0)
            let zone = Zones.named(surroundings.zone) ?? .utc
            do throws(ParseMistake) {
                let now = surroundings.now()
                return .object(try SyslogMessage(bytes.span, now: now, zone: zone).fields)
            } catch {
                throw FunctionError(error.message)
            }
        }
    }
}
