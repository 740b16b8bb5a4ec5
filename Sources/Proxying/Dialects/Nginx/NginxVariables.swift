/// Texts with `$variables`, as texts with the commands of access logs.
struct NginxVariables {
    /// Values that are known when the file is read: `scheme`, `server_name`, those of `set`.
    var constants: [String: String] = [:]
    /// Variables of `set` that are other variables.
    var aliases: [String: String] = [:]
    /// Commands for variables, before those that every text knows.
    var replacements: [String: String] = [:]

    /// A text in pieces.
    enum Piece: Equatable {
        case text(String)
        case variable(String)
    }

    /// Takes a text apart; `$$` does not exist in nginx, a lone `$` stays.
    static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var plain = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            plain += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            var name: Substring
            if rest.first == "{", let end = rest.firstIndex(of: "}") {
                name = rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
            } else {
                let first = rest.first
                name = rest.prefix {
                    $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")
                }
                // `$1` is one digit.
                if let first, first.isNumber { name = rest.prefix(1) }
                rest = rest[name.endIndex...]
            }
            if name.isEmpty {
                plain += "$"
                continue
            }
            if !plain.isEmpty { pieces.append(.text(plain)) }
            plain = ""
            pieces.append(.variable(String(name)))
        }
        plain += rest
        if !plain.isEmpty { pieces.append(.text(plain)) }
        return pieces
    }

    /// The text with every constant put in; `nil` if a variable is not constant.
    func constant(_ text: String) -> String? {
        var result = ""
        for piece in Self.pieces(text) {
            switch piece {
            case .text(let text): result += text
            case .variable(let name):
                guard let value = constants[name] else { return nil }
                result += value
            }
        }
        return result
    }

    /// The text with commands; an unknown variable is handed to `unknown` and left out.
    func commands(_ text: String, unknown: (String) -> Void) -> String {
        var result = ""
        for piece in Self.pieces(text) {
            switch piece {
            case .text(let text): result += text.replacing("%", with: "%%")
            case .variable(let name):
                if let value = constants[name] {
                    result += value.replacing("%", with: "%%")
                } else if let command = replacements[name] ?? Self.command(name) {
                    result += command
                } else {
                    unknown(name)
                }
            }
        }
        return result
    }

    /// The command for a variable.
    static func command(_ name: String) -> String? {
        if let command = fixed[name] { return command }
        for (prefix, kind) in [
            ("sent_http_", "RESP"), ("upstream_http_", "RESP"), ("http_", "REQ"),
        ] where name.hasPrefix(prefix) && name.utf8.count > prefix.utf8.count {
            let field = name.dropFirst(prefix.utf8.count).uppercased().replacing("_", with: "-")
            return "%\(kind)(\(field == "HOST" && kind == "REQ" ? ":AUTHORITY" : field))%"
        }
        return nil
    }

    private static let path = "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"
    private static let client = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"

    static let fixed: [String: String] = [
        // One line of all: many an application reads the first one only, which may be the client's own.
        "proxy_add_x_forwarded_for": "%FORWARDED_CHAIN%",
        "remote_addr": client, "realip_remote_addr": client, "proxy_protocol_addr": client,
        "remote_port": "%DOWNSTREAM_REMOTE_PORT%", "remote_user": "%AUTHENTICATED_NAME%",
        "time_local": "%START_TIME(%d/%b/%Y:%H:%M:%S %z)%",
        "time_iso8601": "%START_TIME(%Y-%m-%dT%H:%M:%S%z)%", "msec": "%START_TIME(%s.%3f)%",
        "request": "%REQ(:METHOD)% " + path + " %PROTOCOL%", "request_method": "%REQ(:METHOD)%",
        "request_uri": path, "uri": "%REQUEST_PATH%", "document_uri": "%REQUEST_PATH%",
        "args": "%REQUEST_QUERY%", "query_string": "%REQUEST_QUERY%",
        "status": "%RESPONSE_CODE%", "body_bytes_sent": "%BYTES_SENT%",
        "bytes_sent": "%BYTES_SENT%", "request_length": "%BYTES_RECEIVED%",
        "request_time": "%DURATION_SECONDS%", "upstream_response_time": "%RESPONSE_DURATION%",
        "upstream_header_time": "%RESPONSE_DURATION%",
        "upstream_connect_time": "%RESPONSE_DURATION%", "upstream_addr": "%UPSTREAM_HOST%",
        "upstream_status": "%RESPONSE_CODE%", "upstream_cache_status": "-", "gzip_ratio": "-",
        "pipe": ".", "host": "%REQUEST_HOST%", "scheme": "%SCHEME%",
        "server_port": "%DOWNSTREAM_LOCAL_PORT%",
        "server_addr": "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%",
        "server_protocol": "%PROTOCOL%", "request_id": "%REQ(X-REQUEST-ID)%",
        "connection": "%CONNECTION_ID%", "hostname": "%HOSTNAME%",
        "ssl_protocol": "%DOWNSTREAM_TLS_VERSION%", "ssl_cipher": "%DOWNSTREAM_TLS_CIPHER%",
        "ssl_server_name": "%REQUESTED_SERVER_NAME%",
        "ssl_client_s_dn": "%DOWNSTREAM_PEER_SUBJECT%",
        "ssl_client_i_dn": "%DOWNSTREAM_PEER_ISSUER%",
        "ssl_client_s_dn_legacy": "%DOWNSTREAM_PEER_SUBJECT_LINE%",
        "ssl_client_i_dn_legacy": "%DOWNSTREAM_PEER_ISSUER_LINE%",
        "ssl_client_serial": "%DOWNSTREAM_PEER_LARGE_SERIAL%",
        "ssl_client_verify": "%DOWNSTREAM_TLS_VERDICT%",
        "ssl_client_escaped_cert": "%DOWNSTREAM_PEER_CERT%",
        "ssl_client_v_start": "%DOWNSTREAM_PEER_CERT_V_START(%b %e %H:%M:%S %Y GMT)%",
        "ssl_client_v_end": "%DOWNSTREAM_PEER_CERT_V_END(%b %e %H:%M:%S %Y GMT)%",
        "ssl_session_id": "%DOWNSTREAM_TLS_SESSION_ID%",
        "ssl_session_reused": "%DOWNSTREAM_TLS_REUSE%",
        "ssl_client_fingerprint": "%DOWNSTREAM_PEER_FINGERPRINT_1%",
        "ssl_preread_server_name": "%REQUESTED_SERVER_NAME%",
        "protocol": "TCP", "session_time": "%DURATION_SECONDS%",
        "bytes_received": "%BYTES_RECEIVED%",
        "upstream_bytes_sent": "%BYTES_RECEIVED%", "upstream_bytes_received": "%BYTES_SENT%",
    ]
}
