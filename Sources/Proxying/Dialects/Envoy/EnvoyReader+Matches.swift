import Basics
import Formats

/// Tests of texts, header fields and parameters, and changes of header fields.
extension EnvoyReader {
    /// A `StringMatcher`.
    func textMatch(_ fields: Fields) -> TextMatch? {
        defer { fields.finish() }
        let ignoresCase = fields.bool("ignore_case") ?? false
        let kinds = ["exact", "prefix", "suffix", "safe_regex", "contains", "custom", "regex"]
        let kind = fields.oneOf(kinds, isRequired: true) ?? ""
        switch kind {
        case "exact":
            return fields.text(kind).map { .exact($0, ignoresCase: ignoresCase) }
        case "prefix":
            return fields.requiredText(kind).map { .prefix($0, ignoresCase: ignoresCase) }
        case "suffix":
            return fields.requiredText(kind).map { .suffix($0, ignoresCase: ignoresCase) }
        case "contains":
            return fields.requiredText(kind).map { .contains($0, ignoresCase: ignoresCase) }
        case "safe_regex":
            return fields.fields(kind).flatMap(regex).map(TextMatch.regex)
        case "regex":
            old(fields, "regex", "write safe_regex: {regex: ...}")
            return nil
        default:
            fields.unsupported("custom")
            return nil
        }
    }

    /// A `RegexMatcher`: the pattern, tried once.
    func regex(_ fields: Fields) -> String? {
        defer { fields.finish() }
        // Only one engine was ever there.
        if let engine = fields.fields("google_re2") {
            engine.ignored("max_program_size", because: "patterns are limited by their steps")
            engine.finish()
        }
        guard let text = fields.requiredText("regex") else { return nil }
        return checked(text, at: fields.place("regex")) ? text : nil
    }

    func checked(_ pattern: String, at place: Place) -> Bool {
        do throws(Failure) {
            _ = try Pattern(pattern)
            return true
        } catch {
            log.error(place, error.description)
            return false
        }
    }

    func old(_ fields: Fields, _ key: String, _ remedy: String) {
        if fields.has(key) {
            log.error(
                fields.place(key),
                "\"\(key)\" is of an old API, which Envoy does not read any more",
                remedy
            )
        }
    }

    func headerMatch(_ node: Node) -> HeaderMatch? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let name = fields.requiredText("name")?.lowercased() else { return nil }
        let kinds = [
            "exact_match", "safe_regex_match", "range_match", "present_match", "prefix_match",
            "suffix_match", "contains_match", "string_match",
        ]
        var match = HeaderMatch(name: name, test: .present)
        match.isInverted = fields.bool("invert_match") ?? false
        match.treatsMissingAsEmpty = fields.bool("treat_missing_header_as_empty") ?? false
        old(fields, "regex_match", "write string_match: {safe_regex: {regex: ...}}")
        let kind = fields.oneOf(kinds) ?? ""
        switch kind {
        case "exact_match":
            fields.text(kind).map { match.test = .text(.exact($0)) }
        case "prefix_match":
            fields.requiredText(kind).map { match.test = .text(.prefix($0)) }
        case "suffix_match":
            fields.requiredText(kind).map { match.test = .text(.suffix($0)) }
        case "contains_match":
            fields.requiredText(kind).map { match.test = .text(.contains($0)) }
        case "safe_regex_match":
            fields.fields(kind).flatMap(regex).map { match.test = .text(.regex($0)) }
        case "string_match":
            fields.fields(kind).flatMap(textMatch).map { match.test = .text($0) }
        case "range_match":
            guard let range = fields.fields(kind) else { return nil }
            let all = Int.min...Int.max
            match.test = .range(
                lower: Int64(range.integer("start", all) ?? 0),
                upper: Int64(range.integer("end", all) ?? 0)
            )
            range.finish()
        case "present_match":
            if fields.bool(kind) == false { match.isInverted.toggle() }
        default: break
        }
        return match
    }

    func queryMatch(_ node: Node) -> QueryMatch? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let name = fields.requiredText("name") else { return nil }
        old(fields, "value", "write string_match: {exact: ...}")
        old(fields, "regex", "write string_match: {safe_regex: {regex: ...}}")
        switch fields.oneOf(["string_match", "present_match"]) {
        case "string_match":
            return QueryMatch(name: name, test: fields.fields("string_match").flatMap(textMatch))
        case "present_match":
            if fields.bool("present_match") == false {
                log.unsupported(fields.place("present_match"), "false is not supported")
            }
            return QueryMatch(name: name)
        default:
            return QueryMatch(name: name)
        }
    }

    /// A `RouteMatch`.
    func routeMatch(_ fields: Fields) -> RouteMatch {
        defer { fields.finish() }
        var match = RouteMatch()
        let kinds = [
            "prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix",
            "path_match_policy",
        ]
        old(fields, "regex", "write safe_regex: {regex: ...}")
        let kind = fields.oneOf(kinds, isRequired: !fields.has("regex")) ?? ""
        switch kind {
        case "prefix":
            let prefix = fields.text(kind) ?? ""
            match.path = prefix.isEmpty || prefix == "/" ? .any : .prefix(prefix)
        case "path":
            match.path = .exact(fields.text(kind) ?? "")
        case "path_separated_prefix":
            let prefix = fields.requiredText(kind) ?? "/"
            if !prefix.hasPrefix("/") || prefix.hasSuffix("/") || prefix.contains("?")
                || prefix.contains("#")
            {
                log.error(
                    fields.place(kind),
                    "\"\(prefix)\" must begin with a slash, not end with one, and hold no ? or #"
                )
            }
            match.path = .separatedPrefix(prefix)
        case "safe_regex":
            if let pattern = fields.fields(kind).flatMap(regex) { match.path = .regex(pattern) }
        default:
            fields.unsupported("connect_matcher", "path_match_policy")
        }
        match.isCaseSensitive = fields.bool("case_sensitive") ?? true
        match.headers = fields.list("headers").compactMap(headerMatch)
        match.query = fields.list("query_parameters").compactMap(queryMatch)
        if let grpc = fields.fields("grpc") {
            match.isGRPC = true
            grpc.finish()
        }
        match.fraction = fields.fields("runtime_fraction").map(runtimeFraction)
        fields.unsupported("tls_context", "dynamic_metadata", "filter_state", "cookies")
        return match
    }

    // MARK: Changes

    func headerAddition(_ node: Node) -> HeaderAddition? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let actions = [
            "APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT", "OVERWRITE_IF_EXISTS_OR_ADD",
            "OVERWRITE_IF_EXISTS",
        ]
        let modes: [HeaderAddition.Mode] = [.append, .addIfAbsent, .overwrite, .overwriteIfPresent]
        var mode = modes[fields.choice("append_action", actions) ?? 0]
        if fields.bool("append") == false { mode = .overwrite }
        let keepsEmpty = fields.bool("keep_empty_value") ?? false
        guard let header = fields.required("header")?.fields() else { return nil }
        defer { header.finish() }
        guard let name = header.requiredText("key") else { return nil }
        let value = header.text("value") ?? ""
        log.checkCommands(value, header.place("value"))
        header.unsupported("raw_value", instead: "write value")
        if name.hasPrefix(":") || name.lowercased() == "host" {
            if name.lowercased() == "host" || name == ":authority" {
                log.error(
                    header.place("key"),
                    "the host cannot be changed by headers",
                    "write host_rewrite_literal in the route"
                )
            } else {
                log.error(header.place("key"), "\"\(name)\" cannot be changed")
            }
            return nil
        }
        guard Self.isFieldName(name) else {
            log.error(header.place("key"), "\"\(name)\" is no name of a header field")
            return nil
        }
        return HeaderAddition(name: name, value: value, mode: mode, keepsEmpty: keepsEmpty)
    }

    static func isFieldName(_ name: String) -> Bool {
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        return !name.isEmpty
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || marks.contains($0)
            }
    }

    /// The changes that tables, hosts, routes and shares have alike.
    func headerChanges(_ fields: Fields) -> HeaderChanges {
        func removals(_ key: String) -> [String] {
            fields.list(key).compactMap { node in
                guard let name = node.text()?.lowercased() else { return nil }
                if name.hasPrefix(":") || name == "host" {
                    node.error("\"\(name)\" cannot be removed")
                    return nil
                }
                return name
            }
        }
        return HeaderChanges(
            requestAdditions: fields.list("request_headers_to_add").compactMap(headerAddition),
            requestRemovals: removals("request_headers_to_remove"),
            responseAdditions: fields.list("response_headers_to_add").compactMap(headerAddition),
            responseRemovals: removals("response_headers_to_remove")
        )
    }
}

extension HeaderChanges {
    /// These changes, and then others.
    static func + (left: Self, right: Self) -> Self {
        Self(
            requestAdditions: left.requestAdditions + right.requestAdditions,
            requestRemovals: left.requestRemovals + right.requestRemovals,
            responseAdditions: left.responseAdditions + right.responseAdditions,
            responseRemovals: left.responseRemovals + right.responseRemovals
        )
    }
}
