import Basics
import Records
import VRL

/// Functions of VRL that read foreign texts: none traps, none takes long, and each says why it fails.
///
/// The first byte chooses the function, the rest is its text.
public func fuzzVRLFunctions(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let (name, rest) = readers[Int(first) % readers.count]
    guard let function = FunctionLibrary.functions[name], case .plain(let run) = function.body
    else {
        preconditionFailure("there is no \(name)")
    }
    let text = Value.bytes(Bytes(Array(bytes.dropFirst())))
    var values: [Value?] = [text] + rest
    // An expression is as foreign as a text.
    if name == "parse_grok", bytes.count > 1, bytes[1] & 1 == 1 { values = [.text("a b"), text] }
    values += [Value?](repeating: nil, count: max(0, function.parameters.count - values.count))
    let surroundings = Surroundings(
        now: { Timestamp(nanoseconds: 1_700_000_000_000_000_000) },
        environment: { _ in nil },
        hostname: { nil },
        random: { [UInt8](repeating: 7, count: max(0, $0)) },
        zone: "UTC",
        log: { _, _ in }
    )
    let known = KnownArguments(
        types: values.map { $0.map { TypeInfo($0.kind) } },
        constants: [Value?](repeating: nil, count: values.count)
    )
    do throws(FunctionError) {
        let value = try run(Arguments(values), surroundings)
        let type = function.outcome(known).type
        precondition(type.kinds.contains(value.kind), "\(name) yields \(value.kind.text)")
        // What it made can be told.
        _ = JSONText(sortsKeys: true).bytes(of: value)
    } catch {
        precondition(!error.message.isEmpty, "\(name) fails without a reason")
    }
}

private let readers: [(name: String, rest: [Value?])] = [
    ("parse_grok", [.text("%{COMBINEDAPACHELOG}")]),
    ("parse_groks", [.array([.text("%{notSpace:a} %{data:b:json} %{number:c}")])]),
    ("parse_url", []), ("parse_query_string", []), ("parse_user_agent", [.text("enriched")]),
    ("parse_xml", []), ("parse_cbor", []), ("parse_ruby_hash", []), ("parse_cef", [.boolean(true)]),
    ("parse_aws_alb_log", []), ("parse_aws_vpc_flow_log", []), ("parse_tokens", []),
    ("parse_json", [.integer(2)]), ("parse_apache_log", [.text("error")]),
    ("parse_nginx_log", [.text("error")]), ("parse_klog", []), ("parse_duration", [.text("s")]),
    ("parse_bytes", [.text("B")]), ("parse_key_value", []), ("parse_csv", []), ("parse_syslog", []),
    ("decode_base16", []), ("decode_base64", []), ("decode_percent", []), ("decode_punycode", []),
    ("encode_punycode", []), ("decode_mime_q", []), ("decode_gzip", []), ("decode_zlib", []),
    ("decode_zstd", []), ("decode_snappy", []), ("strip_ansi_escape_codes", []), ("snakecase", []),
    ("ip_to_ipv6", []), ("ip_cidr_contains", [.text("::1")]), ("to_float", []), ("to_int", []),
    ("parse_timestamp", [.text("%+")]), ("to_regex", []),
]
