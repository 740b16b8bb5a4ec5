import Formats

/// Role-based access control of HTTP requests.
extension EnvoyReader {
    /// What the rules come to: addresses alone are asked sooner and for less.
    enum AccessRules {
        case addresses(AddressRules)
        case policies(AccessPolicies)
    }

    /// The rules of a filter; `nil` are none, which everybody passes.
    func accessRules(_ fields: Fields) -> AccessRules? {
        guard let rules = fields.value("rules")?.tree, !asksAddressesOnly(rules) else {
            return addressRules(fields).map(AccessRules.addresses)
        }
        ignoreShadows(fields)
        return fields.fields("rules").map { .policies(policies($0)) }
    }

    func ignoreShadows(_ fields: Fields) {
        fields.ignored(
            "shadow_rules",
            "shadow_rules_stat_prefix",
            "rules_stat_prefix",
            "track_per_rule_stats",
            because: "rules are enforced or not"
        )
    }

    private static let addressKinds: Set<String> = {
        let kinds = ["remote_ip", "direct_remote_ip", "source_ip", "any", "or_ids", "ids"]
        return Set(kinds + kinds.map(Fields.camel))
    }()

    /// Whether rules ask for nothing but addresses.
    private func asksAddressesOnly(_ rules: PositionedTree) -> Bool {
        func holds(_ tree: PositionedTree) -> Bool {
            (tree.mapping ?? []).allSatisfy { member in
                guard Self.addressKinds.contains(member.key) else { return false }
                if let parts = member.value.sequence { return parts.allSatisfy(holds) }
                return ["or_ids", "orIds"].contains(member.key) ? holds(member.value) : true
            }
        }
        return (rules["policies"]?.mapping ?? []).allSatisfy { policy in
            let permissions = policy.value["permissions"]?.sequence ?? []
            let principals = policy.value["principals"]?.sequence ?? []
            return permissions.allSatisfy { $0.mapping?.count == 1 && $0["any"] != nil }
                && principals.allSatisfy(holds)
        }
    }

    private func policies(_ rules: Fields) -> AccessPolicies {
        defer { rules.finish() }
        let action = rules.choice("action", ["ALLOW", "DENY", "LOG"]) ?? 0
        if action == 2 { log.unsupported(rules.place("action"), "LOG is not supported") }
        rules.unsupported("audit_logging_options")
        var all = AccessPolicies(allows: action == 0, policies: [])
        for (name, node) in rules.fields("policies")?.entries() ?? [] {
            guard let policy = node.fields() else { continue }
            policy.unsupported("condition", "checked_condition", "cel_config")
            all.policies.append(
                .init(
                    name: name,
                    permissions: policy.list("permissions").compactMap(permission),
                    principals: policy.list("principals").compactMap(principal)
                )
            )
            policy.finish()
        }
        return all
    }

    private static let permissionKinds = [
        "and_rules", "or_rules", "any", "header", "url_path", "destination_ip", "destination_port",
        "destination_port_range", "metadata", "not_rule", "requested_server_name", "matcher",
        "uri_template", "sourced_metadata",
    ]

    /// What is done.
    private func permission(_ node: Node) -> AccessPolicies.Condition? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let kind = fields.oneOf(Self.permissionKinds, isRequired: true) else { return nil }
        switch kind {
        case "and_rules": return .all(parts(fields, kind, "rules", permission))
        case "or_rules": return .either(parts(fields, kind, "rules", permission))
        case "not_rule": return fields.value(kind).flatMap(permission).map { .not($0) }
        case "any": return fields.bool(kind) == true ? .any : .not(.any)
        case "header": return fields.value(kind).flatMap(headerMatch).map { .field($0) }
        case "url_path": return fields.fields(kind).flatMap(path)
        case "destination_ip": return fields.value(kind).flatMap(range).map { .own($0) }
        case "destination_port":
            return fields.integer(kind, 0...65535).map { .port($0...$0) }
        case "destination_port_range":
            guard let range = fields.fields(kind) else { return nil }
            defer { range.finish() }
            guard let start = range.required("start")?.integer(0...65535),
                let end = range.required("end")?.integer(1...65536)
            else { return nil }
            if end <= start { log.error(range.place, "it holds no port", "write a larger end") }
            return .port(start...max(start, end - 1))
        case "requested_server_name":
            return fields.fields(kind).flatMap(textMatch).map { .serverName($0) }
        default:
            fields.unsupported(kind)
            return nil
        }
    }

    private static let principalKinds = [
        "and_ids", "or_ids", "any", "authenticated", "source_ip", "direct_remote_ip", "remote_ip",
        "header", "url_path", "metadata", "filter_state", "not_id", "sourced_metadata", "custom",
    ]

    /// Who does it.
    private func principal(_ node: Node) -> AccessPolicies.Condition? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let kind = fields.oneOf(Self.principalKinds, isRequired: true) else { return nil }
        switch kind {
        case "and_ids": return .all(parts(fields, kind, "ids", principal))
        case "or_ids": return .either(parts(fields, kind, "ids", principal))
        case "not_id": return fields.value(kind).flatMap(principal).map { .not($0) }
        case "any": return fields.bool(kind) == true ? .any : .not(.any)
        case "authenticated":
            guard let body = fields.fields(kind) else { return .certificate(nil) }
            defer { body.finish() }
            return .certificate(body.fields("principal_name").flatMap(textMatch))
        case "remote_ip":
            return fields.value(kind).flatMap(range).map { .client($0, isDirect: false) }
        case "source_ip", "direct_remote_ip":
            return fields.value(kind).flatMap(range).map { .client($0, isDirect: true) }
        case "header": return fields.value(kind).flatMap(headerMatch).map { .field($0) }
        case "url_path": return fields.fields(kind).flatMap(path)
        default:
            fields.unsupported(kind)
            return nil
        }
    }

    private func path(_ fields: Fields) -> AccessPolicies.Condition? {
        defer { fields.finish() }
        return fields.required("path")?.fields().flatMap(textMatch).map { .path($0) }
    }

    private func parts(
        _ fields: Fields,
        _ kind: String,
        _ key: String,
        _ read: (Node) -> AccessPolicies.Condition?
    ) -> [AccessPolicies.Condition] {
        guard let body = fields.fields(kind) else { return [] }
        defer { body.finish() }
        let parts = body.list(key).compactMap(read)
        if parts.isEmpty { log.error(body.place, "\"\(key)\" is empty") }
        return parts
    }
}
