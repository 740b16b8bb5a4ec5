import Formats

/// TLS contexts and secrets.
extension EnvoyReader {
    /// Keeps a static secret for those who refer to it.
    func remember(_ node: Node) {
        guard let fields = node.fields() else { return }
        guard let name = fields.text("name") else {
            node.error("a secret without a name cannot be referred to", "add \"name\"")
            return
        }
        secrets[name] = fields
        // Read once, so that mistakes in secrets that nobody refers to are found too.
        if fields.has("tls_certificate") { _ = certificate(secret: fields) }
        if fields.has("validation_context") { _ = trust(secret: fields) }
        fields.unsupported("session_ticket_keys", "generic_secret")
        fields.finish()
    }

    /// The TLS of a chain.
    func serverTLS(_ chain: Fields) -> ServerTLSSettings? {
        if chain.has("tls_context") {
            log.error(
                chain.place("tls_context"),
                "\"tls_context\" is of the v2 API, which Envoy does not read since 1.15",
                "write transport_socket: {name: envoy.transport_sockets.tls, typed_config:"
                    + " {\"@type\": type.googleapis.com/\(EnvoyType.serverTLS.rawValue), ...}}"
            )
        }
        guard let socket = chain.fields("transport_socket"),
            let (type, body) = extensionBody(socket, kind: "transport socket")
        else { return nil }
        switch type {
        case .serverTLS: return serverTLS(context: body)
        case .rawBuffer:
            body.finish()
            return nil
        default:
            unsupportedType(type, body)
            return nil
        }
    }

    private func serverTLS(context fields: Fields) -> ServerTLSSettings? {
        defer { fields.finish() }
        guard let common = fields.required("common_tls_context")?.fields() else { return nil }
        let shared = commonTLS(common)
        let requires = fields.bool("require_client_certificate") ?? false
        let policies: [StaplePolicy] = [.lenient, .strict, .required]
        let policy = fields.choice(
            "ocsp_staple_policy",
            ["LENIENT_STAPLING", "STRICT_STAPLING", "MUST_STAPLE"]
        ).map { policies[$0] }
        fields.ignored(
            "disable_stateful_session_resumption",
            "disable_stateless_session_resumption",
            "prefer_client_ciphers",
            "full_scan_certs_on_sni_mismatch",
            because: "sessions are resumed by tickets and the server's order of ciphers counts"
        )
        fields.unsupported("session_ticket_keys", "session_ticket_keys_sds_secret_config")
        if fields.bool("require_sni") == true { fields.unsupported("require_sni") }
        if shared.certificates.isEmpty {
            log.error(
                common.place,
                "a server's TLS needs a certificate",
                "add tls_certificates or tls_certificate_sds_secret_configs"
            )
            return nil
        }
        if requires, shared.trust == nil {
            log.warn(
                fields.place("require_client_certificate"),
                "client certificates are asked for, but nothing says whom to trust",
                "add validation_context.trusted_ca"
            )
        }
        if policy == .required, shared.certificates.contains(where: { $0.staple == nil }) {
            log.error(
                fields.place("ocsp_staple_policy"),
                "a certificate has no OCSP response",
                "add ocsp_staple to each of tls_certificates"
            )
        }
        let seconds = fields.duration("session_timeout").map { Int($0.components.seconds) }
        return ServerTLSSettings(
            certificates: shared.certificates,
            parameters: shared.parameters,
            clients: shared.trust ?? (requires ? TrustSettings(acceptsUntrusted: true) : nil),
            requiresClientCertificate: requires,
            sessionSeconds: seconds ?? 7200,
            staples: policy ?? .lenient
        )
    }

    /// The TLS towards the hosts of a cluster, and what its other wrappings say.
    func clientTLS(
        _ socket: Fields,
        _ cluster: inout ClusterSettings
    ) {
        guard let (type, body) = extensionBody(socket, kind: "transport socket") else { return }
        switch type {
        case .rawBuffer: body.finish()
        case .clientTLS: cluster.tls = clientTLS(context: body)
        case .upstreamProxyProtocol:
            let config = body.fields("config")
            let version = config?.choice("version", ["V1", "V2"]) ?? 0
            config?.unsupported("pass_through_tlvs", "added_tlvs")
            config?.finish()
            cluster.proxyProtocol = version + 1
            if let inner = body.required("transport_socket")?.fields() {
                clientTLS(inner, &cluster)
            }
            body.unsupported("allow_unspecified_address", "tlv_as_pool_key")
            body.finish()
        default:
            unsupportedType(type, body)
        }
    }

    private func clientTLS(context fields: Fields) -> ClientTLSSettings {
        defer { fields.finish() }
        let common = fields.fields("common_tls_context")
        let shared = common.map(commonTLS)
        let name = fields.text("sni") ?? ""
        fields.ignored(
            "max_session_keys",
            "enforce_rsa_key_usage",
            because: "one session is kept for each host"
        )
        if fields.bool("allow_renegotiation") == true {
            fields.unsupported("allow_renegotiation")
        }
        let followsHost = fields.bool("auto_host_sni") ?? false
        _ = fields.bool("auto_sni_san_validation")
        if name.utf8.count > 255 { log.error(fields.place("sni"), "it is longer than 255 bytes") }
        return ClientTLSSettings(
            serverName: name.isEmpty ? nil : name,
            followsHost: followsHost,
            certificate: shared?.certificates.first,
            parameters: shared?.parameters ?? TLSParameters(),
            trust: shared?.trust
        )
    }

    // MARK: What both sides have

    private struct Shared {
        var certificates: [CertificateSettings] = []
        var parameters = TLSParameters()
        var trust: TrustSettings?
    }

    private func commonTLS(_ fields: Fields) -> Shared {
        defer { fields.finish() }
        var shared = Shared()
        if let parameters = fields.fields("tls_params") {
            shared.parameters = self.parameters(parameters)
        }
        shared.parameters.protocols = fields.texts("alpn_protocols")
            .flatMap { $0.split(separator: ",").map(String.init) }
        for node in fields.list("tls_certificates") {
            if let body = node.fields(), let pair = certificate(body) {
                shared.certificates.append(pair)
            }
        }
        for node in fields.list("tls_certificate_sds_secret_configs") {
            guard let secret = node.fields().flatMap(self.secret) else { continue }
            if let pair = certificate(secret: secret) {
                shared.certificates.append(pair)
            } else if !secret.has("tls_certificate") {
                node.error("the secret holds no tls_certificate")
            }
        }
        let kinds = [
            "validation_context", "validation_context_sds_secret_config",
            "combined_validation_context",
        ]
        switch fields.oneOf(kinds) {
        case "validation_context":
            shared.trust = fields.fields("validation_context").map(trust)
        case "validation_context_sds_secret_config":
            shared.trust = fields.fields("validation_context_sds_secret_config")
                .flatMap(secret).flatMap { self.trust(secret: $0) }
        case "combined_validation_context":
            shared.trust = fields.fields("combined_validation_context").map(combined)
        default: break
        }
        fields.unsupported(
            "tls_certificate_certificate_provider",
            "tls_certificate_certificate_provider_instance",
            "tls_certificate_provider_instance",
            "validation_context_certificate_provider",
            "validation_context_certificate_provider_instance",
            "custom_handshaker",
            "custom_tls_certificate_selector",
            "key_log"
        )
        return shared
    }

    private func combined(_ fields: Fields) -> TrustSettings {
        defer { fields.finish() }
        var trust = fields.fields("default_validation_context").map(self.trust) ?? TrustSettings()
        let dynamic = fields.fields("validation_context_sds_secret_config")
            .flatMap(secret).flatMap { self.trust(secret: $0) }
        if let dynamic {
            trust.authorities = dynamic.authorities ?? trust.authorities
            trust.names += dynamic.names
            trust.fingerprints += dynamic.fingerprints
            trust.acceptsUntrusted = trust.acceptsUntrusted || dynamic.acceptsUntrusted
        }
        fields.unsupported(
            "validation_context_certificate_provider",
            "validation_context_certificate_provider_instance"
        )
        return trust
    }

    private func parameters(_ fields: Fields) -> TLSParameters {
        defer { fields.finish() }
        var parameters = TLSParameters()
        let words = ["TLS_AUTO", "TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"]
        if let index = fields.choice("tls_minimum_protocol_version", words), index > 0 {
            parameters.minimum = TLSVersion(rawValue: index - 1) ?? .tls12
        }
        if let index = fields.choice("tls_maximum_protocol_version", words), index > 0 {
            parameters.maximum = TLSVersion(rawValue: index - 1) ?? .tls13
        }
        if parameters.maximum < parameters.minimum {
            log.error(fields.place, "the newest version is older than the oldest")
        }
        // `[a|b]` are suites of equal rank, which OpenSSL does not have.
        parameters.ciphers = fields.texts("cipher_suites")
            .map { suite in
                String(suite.filter { $0 != "[" && $0 != "]" }.map { $0 == "|" ? ":" : $0 })
            }
            .joined(separator: ":")
        parameters.curves = fields.texts("ecdh_curves").joined(separator: ":")
        fields.ignored("signature_algorithms", because: "OpenSSL chooses them")
        fields.unsupported("compliance_policies")
        return parameters
    }

    private func staple(_ fields: Fields) -> TextSource? {
        for key in ["inline_string", "environment_variable"] where fields.has(key) {
            log.error(
                fields.place(key),
                "an OCSP response is no text but DER",
                "use filename or inline_bytes"
            )
        }
        return source(fields, keepsBase64: true)
    }

    private func certificate(_ fields: Fields) -> CertificateSettings? {
        defer { fields.finish() }
        let chain = fields.fields("certificate_chain").flatMap(source)
        let key = fields.fields("private_key").flatMap(source)
        if let directory = fields.fields("watched_directory") {
            _ = directory.text("path")
            directory.finish()
        }
        fields.unsupported("pkcs12", "private_key_provider", "password")
        fields.ignored("signed_certificate_timestamp", because: "Envoy does not send it either")
        let staple = fields.fields("ocsp_staple").flatMap(staple)
        guard let chain, let key else {
            if !fields.has("pkcs12"), !fields.has("private_key_provider") {
                if !fields.has("certificate_chain") {
                    log.error(fields.place, "\"certificate_chain\" is missing")
                }
                if !fields.has("private_key") {
                    log.error(fields.place, "\"private_key\" is missing")
                }
            }
            return nil
        }
        return CertificateSettings(chain: chain, privateKey: key, staple: staple)
    }

    private func certificate(secret: Fields) -> CertificateSettings? {
        secret.fields("tls_certificate").flatMap { certificate($0) }
    }

    private func trust(secret: Fields) -> TrustSettings? {
        guard let fields = secret.fields("validation_context") else {
            log.error(secret.place, "the secret holds no validation_context")
            return nil
        }
        return trust(fields)
    }

    private func trust(_ fields: Fields) -> TrustSettings {
        defer { fields.finish() }
        var trust = TrustSettings()
        trust.authorities = fields.fields("trusted_ca").flatMap(source)
        for node in fields.list("match_typed_subject_alt_names") {
            guard let matcher = node.fields() else { continue }
            defer { matcher.finish() }
            _ = matcher.choice(
                "san_type",
                ["SAN_TYPE_UNSPECIFIED", "EMAIL", "DNS", "URI", "IP_ADDRESS", "OTHER_NAME"]
            )
            matcher.ignored("oid", because: "names are compared whatever their type")
            if let match = matcher.required("matcher")?.fields().flatMap(textMatch) {
                trust.names.append(match)
            }
        }
        for node in fields.list("match_subject_alt_names") {
            if let match = node.fields().flatMap(textMatch) { trust.names.append(match) }
        }
        if fields.has("verify_subject_alt_name") {
            log.error(
                fields.place("verify_subject_alt_name"),
                "it is of the v2 API",
                "write match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: NAME}}]"
            )
        }
        for node in fields.list("verify_certificate_hash") {
            guard let text = node.text() else { continue }
            let digits = text.lowercased().filter { $0 != ":" }
            if digits.utf8.count != 64 || !digits.allSatisfy(\.isHexDigit) {
                node.error("it is no SHA-256 fingerprint", "write 64 hexadecimal digits")
            }
            trust.fingerprints.append(digits)
        }
        let modes = ["VERIFY_TRUST_CHAIN", "ACCEPT_UNTRUSTED"]
        trust.acceptsUntrusted = fields.choice("trust_chain_verification", modes) == 1
        fields.unsupported(
            "verify_certificate_spki",
            "crl",
            "custom_validator_config",
            "ca_certificate_provider_instance",
            instead: "trust by trusted_ca, names or verify_certificate_hash"
        )
        if fields.bool("allow_expired_certificate") == true {
            fields.unsupported("allow_expired_certificate")
        }
        if let roots = fields.fields("system_root_certs") { roots.finish() }
        fields.ignored(
            "watched_directory",
            "only_verify_leaf_cert_crl",
            "max_verify_depth",
            "require_signed_certificate_timestamp",
            because: "files are watched always"
        )
        return trust
    }

    // MARK: SDS

    /// The secret that a `SdsSecretConfig` refers to: a static one, or one in a file.
    private func secret(_ fields: Fields) -> Fields? {
        defer { fields.finish() }
        let name = fields.text("name") ?? ""
        guard let config = fields.fields("sds_config") else {
            guard let secret = secrets[name] else {
                log.error(
                    fields.place("name"),
                    "there is no secret \"\(name)\" in static_resources.secrets"
                )
                return nil
            }
            return secret
        }
        defer { config.finish() }
        _ = config.choice("resource_api_version", ["AUTO", "V2", "V3"])
        config.ignored("initial_fetch_timeout", because: "files are read at once")
        var path = config.text("path")
        if let source = config.fields("path_config_source") {
            path = source.requiredText("path")
            if let directory = source.fields("watched_directory") {
                _ = directory.text("path")
                directory.finish()
            }
            source.finish()
        }
        config.unsupported(
            "ads",
            "api_config_source",
            "self",
            instead: "keep the secret in a file: path_config_source"
        )
        guard let path else {
            if !config.has("ads"), !config.has("api_config_source"), !config.has("self") {
                log.error(config.place, "\"path_config_source\" is missing")
            }
            return nil
        }
        return secret(named: name, file: path, place: config.place)
    }

    private func secret(named name: String, file: String, place: Place) -> Fields? {
        guard let bytes = options.readFile(file) else {
            log.error(place, "\(file) cannot be read")
            return nil
        }
        let tree: PositionedTree
        do throws(FormatError) {
            guard let first = try YAML.documents(in: bytes).first else {
                log.error(Place(file, nil), "the file is empty")
                return nil
            }
            tree = first
        } catch {
            log.error(Place(file, error.position), error.what, error.remedy)
            return nil
        }
        let root = Node(tree: tree, path: FieldPath(), file: file, style: .protobuf, log: log)
        guard let response = root.fields() else { return nil }
        defer { response.finish() }
        _ = response.text("version_info")
        _ = response.text("type_url")
        _ = response.text("@type")
        _ = response.text("nonce")
        for node in response.list("resources") {
            guard let (type, secret) = typed(node, kind: "resource"), type == .secret else {
                continue
            }
            if secret.text("name") == name || name.isEmpty { return secret }
        }
        log.error(Place(file, nil), "there is no secret \"\(name)\" in it")
        return nil
    }
}
