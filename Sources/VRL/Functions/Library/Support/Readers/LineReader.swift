import Records

/// Reads the fields of a load balancer's line one after the other.
struct LineReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    private static let digits = "0123456789"

    mutating func loadBalancer(isStrict: Bool) throws(FunctionError) -> Fields {
        var fields: Fields = [:]
        let stamp = Self.digits + ".-:TZ"
        let address = Self.digits + "abcdef.:-"
        fields["type"] = .text(try run("type", "abcdefghijklmnopqrstuvwxyz" + Self.digits))
        fields["timestamp"] = dash(try word("timestamp", stamp))
        fields["elb"] = dash(try word("elb", nil))
        fields["client_host"] = dash(try word("client_host", address))
        fields["target_host"] = dash(try word("target_host", address))
        for name in [
            "request_processing_time", "target_processing_time", "response_processing_time",
        ] {
            guard let number = Scalars.decimal(try word(name, Self.digits + ".-")) else {
                throw refusal(name)
            }
            fields[name] = .number(number)
        }
        fields["elb_status_code"] = dash(try word("elb_status_code", Self.digits + "-"))
        fields["target_status_code"] = dash(try word("target_status_code", Self.digits + "-"))
        for name in ["received_bytes", "sent_bytes"] {
            guard let number = Int64(try word(name, Self.digits + "-")) else { throw refusal(name) }
            fields[name] = .integer(number)
        }
        try request(into: &fields)
        fields["user_agent"] = dash(try quoted("user_agent"))
        for name in ["ssl_cipher", "ssl_protocol", "target_group_arn"] {
            fields[name] = dash(try word(name, nil))
        }
        for name in ["trace_id", "domain_name", "chosen_cert_arn"] {
            fields[name] = dash(try quoted(name))
        }
        fields["matched_rule_priority"] = dash(
            try word("matched_rule_priority", Self.digits + "-")
        )
        fields["request_creation_time"] = dash(try word("request_creation_time", stamp))
        for name in ["actions_executed", "redirect_url", "error_reason"] {
            fields[name] = dash(try quoted(name))
        }
        fields["target_port_list"] = try list("target_port_list", address)
        fields["target_status_code_list"] = try list("target_status_code_list", Self.digits)
        for name in ["classification", "classification_reason"] {
            fields[name] = dash(try quoted(name))
        }
        fields["traceability_id"] = .null
        if bytes[place...].starts(with: Array(" TID_".utf8)) {
            fields["traceability_id"] = .text(try word("traceability_id", nil))
        }
        guard place == bytes.count || !isStrict else {
            let rest = String(decoding: bytes[place...], as: UTF8.self)
            throw FunctionError("Log should be fully consumed: \"\(rest)\"")
        }
        return fields
    }

    private func refusal(_ name: String) -> FunctionError {
        let rest = String(decoding: bytes[place...].prefix(256), as: UTF8.self)
        return FunctionError(
            "failed to get field `\(name)`: Parsing Error: \(Scalars.quoted(rest))"
        )
    }

    private func dash(_ text: String) -> Value { text == "-" ? .null : .text(text) }

    /// At least one of these characters, or of those that are no blanks.
    private mutating func run(
        _ name: String,
        _ characters: String?
    ) throws(FunctionError) -> String {
        let set = characters.map { Array($0.utf8) }
        let found = bytes[place...].prefix { set?.contains($0) ?? ($0 != 0x20) }
        guard !found.isEmpty else { throw refusal(name) }
        place = found.endIndex
        return String(decoding: found, as: UTF8.self)
    }

    private mutating func word(
        _ name: String,
        _ characters: String?
    ) throws(FunctionError) -> String {
        guard place < bytes.count, bytes[place] == 0x20 else { throw refusal(name) }
        place += 1
        return try run(name, characters)
    }

    private mutating func quoted(_ name: String) throws(FunctionError) -> String {
        guard bytes[place...].starts(with: [0x20, 0x22]) else { throw refusal(name) }
        var text: [UInt8] = []
        var index = place + 2
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count { index += 1 }
            text.append(bytes[index])
            index += 1
        }
        guard index < bytes.count else { throw refusal(name) }
        place = index + 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func request(into fields: inout Fields) throws(FunctionError) {
        let request = try quoted("request")
        guard let first = request.firstIndex(of: " "),
            let last = request.lastIndex(of: " "), last > first
        else { throw FunctionError("failed to get field `request_url`") }
        fields["request_method"] = dash(String(request[..<first]))
        fields["request_protocol"] = dash(String(request[request.index(after: last)...]))
        fields["request_url"] = .text(String(request[request.index(after: first)..<last]))
    }

    private mutating func list(_ name: String, _ characters: String) throws(FunctionError) -> Value
    {
        if bytes[place...].starts(with: Array(" \"-\"".utf8)) {
            place += 4
            return .array([])
        }
        guard bytes[place...].starts(with: [0x20, 0x22]) else {
            return .texts([try word(name, characters)])
        }
        place += 2
        let text = try run(name, characters)
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw refusal(name) }
        place += 1
        return .texts([text])
    }
}
