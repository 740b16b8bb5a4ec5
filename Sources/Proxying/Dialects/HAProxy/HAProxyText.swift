import Formats

/// Texts with `%[fetches]` and `%ci`, as texts with the commands of access logs.
struct HAProxyText {
    let log: FindingLog
    let place: Place
    /// Expressions that variables stand for.
    var variables: [String: String] = [:]
    /// Values of fetches that are known when the file is read.
    var constants: [String: String] = [:]

    init(log: FindingLog, place: Place) {
        self.log = log
        self.place = place
    }

    private static let path = "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"

    /// What `option httplog` comes to.
    static let http =
        "%DOWNSTREAM_REMOTE_ADDRESS% [%START_TIME(%d/%b/%Y:%H:%M:%S.%3f)%] %UPSTREAM_CLUSTER%/"
        + "%UPSTREAM_HOST% %REQUEST_DURATION%/%RESPONSE_DURATION%/%DURATION% %RESPONSE_CODE% "
        + "%BYTES_SENT% %RESPONSE_FLAGS% \"%REQ(:METHOD)% " + path + " %PROTOCOL%\""

    /// What `option tcplog` comes to.
    static let tcp =
        "%DOWNSTREAM_REMOTE_ADDRESS% [%START_TIME(%d/%b/%Y:%H:%M:%S.%3f)%] %UPSTREAM_CLUSTER%/"
        + "%UPSTREAM_HOST% %DURATION% %BYTES_SENT% %RESPONSE_FLAGS%"

    static let aliases: [String: String] = [
        "ci": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "cp": "%DOWNSTREAM_REMOTE_PORT%",
        "fi": "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%", "fp": "%DOWNSTREAM_LOCAL_PORT%",
        "si": "%UPSTREAM_HOST%", "s": "%UPSTREAM_HOST%", "b": "%UPSTREAM_CLUSTER%",
        "t": "%START_TIME(%d/%b/%Y:%H:%M:%S.%3f)%", "tr": "%START_TIME(%d/%b/%Y:%H:%M:%S.%3f)%",
        "T": "%START_TIME(%d/%b/%Y:%H:%M:%S %z)%", "Ts": "%START_TIME(%s)%",
        "ST": "%RESPONSE_CODE%", "B": "%BYTES_SENT%", "U": "%BYTES_RECEIVED%",
        "Ta": "%DURATION%", "Tt": "%DURATION%", "TR": "%REQUEST_DURATION%",
        "Tr": "%RESPONSE_DURATION%", "ts": "%RESPONSE_FLAGS%", "tsc": "%RESPONSE_FLAGS%",
        "HM": "%REQ(:METHOD)%", "HP": "%REQUEST_PATH%", "HU": path, "HV": "%PROTOCOL%",
        "r": "%REQ(:METHOD)% " + path + " %PROTOCOL%", "H": "%HOSTNAME%",
        "sslv": "%DOWNSTREAM_TLS_VERSION%", "sslc": "%DOWNSTREAM_TLS_CIPHER%",
        "CC": "-", "CS": "-", "hr": "-", "hs": "-", "hrl": "-", "hsl": "-", "f": "-", "ft": "-",
        "Tw": "0", "Tc": "0", "Tq": "0", "Th": "0", "Ti": "0", "Td": "0", "ac": "-", "fc": "-",
        "bc": "-", "sc": "-", "rc": "-", "sq": "-", "bq": "-", "ID": "%REQ(X-REQUEST-ID)%",
        "rt": "-", "pid": "-", "lc": "-", "HQ": "-", "trg": "-",
    ]

    static let fetches: [String: String] = [
        "src": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "src_port": "%DOWNSTREAM_REMOTE_PORT%",
        "dst": "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%", "dst_port": "%DOWNSTREAM_LOCAL_PORT%",
        "path": "%REQUEST_PATH%", "query": "%REQUEST_QUERY%", "url": "%REQ(:PATH)%",
        "pathq": "%REQ(:PATH)%",
        "capture.req.uri": path, "method": "%REQ(:METHOD)%",
        "ssl_fc_sni": "%REQUESTED_SERVER_NAME%", "req.ssl_sni": "%REQUESTED_SERVER_NAME%",
        "ssl_fc_protocol": "%DOWNSTREAM_TLS_VERSION%", "ssl_fc_cipher": "%DOWNSTREAM_TLS_CIPHER%",
        "ssl_c_s_dn": "%DOWNSTREAM_PEER_SUBJECT_LINE%",
        "ssl_c_i_dn": "%DOWNSTREAM_PEER_ISSUER_LINE%",
        "ssl_c_s_dn(cn)": "%DOWNSTREAM_PEER_COMMON_NAME%",
        "ssl_c_s_dn(CN)": "%DOWNSTREAM_PEER_COMMON_NAME%",
        "ssl_c_serial,hex": "%DOWNSTREAM_PEER_LARGE_SERIAL%",
        "ssl_c_sha1,hex": "%DOWNSTREAM_PEER_LARGE_FINGERPRINT%",
        "ssl_c_verify": "%DOWNSTREAM_TLS_VERIFY_CODE%", "ssl_c_used": "%DOWNSTREAM_TLS_HAS_PEER%",
        "ssl_c_notbefore": "%DOWNSTREAM_PEER_CERT_V_START(%y%m%d%H%M%SZ)%",
        "ssl_c_notafter": "%DOWNSTREAM_PEER_CERT_V_END(%y%m%d%H%M%SZ)%",
        "status": "%RESPONSE_CODE%", "hostname": "%HOSTNAME%", "req.ver": "%PROTOCOL%",
        "uuid()": "%REQ(X-REQUEST-ID)%", "unique-id": "%REQ(X-REQUEST-ID)%", "date": "%START_TIME%",
        "be_name": "%UPSTREAM_CLUSTER%",
    ]

    /// The text with commands; what is not known is reported and left out.
    func commands(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let mark = rest.firstIndex(of: "%") {
            result += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            var flags: Substring = ""
            if rest.hasPrefix("{"), let end = rest.firstIndex(of: "}") {
                flags = rest[..<end]
                rest = rest[rest.index(after: end)...]
            }
            let quote = flags.contains("+Q") ? "\"" : ""
            if rest.hasPrefix("%") {
                result += "%%"
                rest = rest.dropFirst()
            } else if rest.hasPrefix("["), let end = closing(rest) {
                result +=
                    quote + fetch(String(rest[rest.index(after: rest.startIndex)..<end])) + quote
                rest = rest[rest.index(after: end)...]
            } else {
                let name = rest.prefix { $0.isLetter }
                // The longest alias that fits: `%ST` is not `%S`.
                var length = name.count
                while length > 0, Self.aliases[String(name.prefix(length))] == nil { length -= 1 }
                if length > 0, let command = Self.aliases[String(name.prefix(length))] {
                    result += quote + command + quote
                    rest = rest.dropFirst(length)
                } else if !name.isEmpty {
                    log.unsupported(place, "\"%\(name)\" is not supported")
                    rest = rest.dropFirst(name.count)
                } else {
                    result += "%%"
                }
            }
        }
        return result + rest
    }

    /// The bracket that closes the first one; arguments may hold others.
    private func closing(_ text: Substring) -> Substring.Index? {
        var depth = 0
        for index in text.indices {
            if text[index] == "[" { depth += 1 }
            if text[index] == "]" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    private func fetch(_ text: String) -> String {
        if let command = constants[text] ?? Self.fetches[text] { return command }
        if text.hasPrefix("var("), text.hasSuffix(")"),
            let value = variables[String(text.dropFirst(4).dropLast())]
        {
            return fetch(value)
        }
        let names = [
            ("req.hdr(", "REQ"), ("hdr(", "REQ"), ("req.fhdr(", "REQ"), ("res.hdr(", "RESP"),
            ("capture.req.hdr(", ""), ("str(", "text"), ("req.cook(", ""),
        ]
        for (prefix, kind) in names where text.hasPrefix(prefix) && text.hasSuffix(")") {
            let name = text.dropFirst(prefix.utf8.count).dropLast().uppercased()
            if kind == "text" {
                return String(text.dropFirst(4).dropLast()).replacing("%", with: "%%")
            }
            if kind.isEmpty { break }
            return "%\(kind)(\(name == "HOST" && kind == "REQ" ? ":AUTHORITY" : name))%"
        }
        log.unsupported(place, "\"%[\(text)]\" is not supported")
        return ""
    }
}
