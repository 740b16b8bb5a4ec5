import Formats
import Records

/// XML, CBOR, YAML, Ruby's hashes and InfluxDB's points.
enum DocumentFunctions {
    static let all: [Function] = [
        parseXML, parseCBOR, parseYAML, parseRubyHash, parseInflux,
    ]

    private static let parseXML = Function(
        "parse_xml",
        [
            Parameter("value", .bytes), .optional("trim", .boolean),
            .optional("include_attr", .boolean), .optional("attr_prefix", .bytes),
            .optional("text_key", .bytes), .optional("always_use_text_key", .boolean),
            .optional("parse_bool", .boolean), .optional("parse_null", .boolean),
            .optional("parse_number", .boolean),
        ],
        [.bytes, .object],
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let options = XMLOptions(
            trims: try arguments.boolean(1, or: true),
            includesAttributes: try arguments.boolean(2, or: true),
            attributePrefix: try arguments.text(3, or: "@"),
            textKey: try arguments.text(4, or: "text"),
            alwaysUsesTextKey: try arguments.boolean(5, or: false),
            readsTruths: try arguments.boolean(6, or: true),
            readsNull: try arguments.boolean(7, or: true),
            readsNumbers: try arguments.boolean(8, or: true)
        )
        var reader = XMLReader(Array(try arguments.text(0).utf8), trims: options.trims)
        return options.value(ofDocument: try reader.document())
    }

    private static let parseCBOR = Function(
        "parse_cbor",
        [Parameter("value", .bytes)],
        .json,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        var reader = CBORReader(try arguments.bytes(0).array)
        return try reader.document()
    }

    private static let parseYAML = Function(
        "parse_yaml",
        [Parameter("value", .bytes)],
        .json,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0).asUnicode
        do throws(FormatError) {
            let documents = try YAML.documents(in: bytes)
            guard documents.count <= 1 else {
                throw FormatError("more than one document")
            }
            return documents.first.map { value($0.json) } ?? .null
        } catch {
            throw FunctionError("unable to parse yaml: \(error)")
        }
    }

    private static func value(_ json: JSON) -> Value {
        if let fields = json.object {
            return .object(Fields(fields.map { ($0.key, value($0.value)) }))
        }
        if let items = json.array { return .array(items.map(value)) }
        if let text = json.string { return .text(text) }
        if let truth = json.bool { return .boolean(truth) }
        if let number = json.int { return .integer(Int64(number)) }
        if let number = json.double { return .number(number) }
        return .null
    }

    private static let parseRubyHash = Function(
        "parse_ruby_hash",
        [Parameter("value", .bytes)],
        .object([:], others: [.null, .bytes, .integer, .float, .boolean, .array, .object]),
        fails: true
    ) { arguments, _ throws(FunctionError) in
        var reader = RubyHashReader(Array(try arguments.text(0).utf8))
        return try reader.document()
    }

    private static let parseInflux = Function(
        "parse_influxdb",
        [Parameter("value", .bytes)],
        .array(of: .object),
        fails: true
    ) { arguments, _ throws(FunctionError) in
        var reader = InfluxReader(Array(try arguments.text(0).utf8))
        return .array(try reader.metrics())
    }
}
