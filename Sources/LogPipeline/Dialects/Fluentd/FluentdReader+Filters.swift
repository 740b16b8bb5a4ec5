import Basics
import Formats
import Records

extension FluentdReader {
    /// `<filter>`.
    func readFilter(_ element: FluentdElement) {
        guard let type = plugin(element, "filter", FluentdNames.filters) else { return }
        let keys = FluentdKeys(element, log: log)
        let patterns = FluentdPatterns.patterns(element.argument)
        let match =
            FluentdPatterns.fitsAll(patterns) ? nil : FluentdPatterns.match(patterns)
        let id = id(element, "filter", type)
        let kind: TransformKind?
        switch type {
        case "parser": kind = parser(keys, id)
        case "grep": kind = grep(keys)
        case "record_transformer", "record_modifier": kind = recordTransformer(keys, type)
        case "stdout":
            var encoding = format(keys, standard: "stdout")
            inject(keys, &encoding)
            kind = .standardOutput(encoding)
        case "concat": kind = concat(keys)
        default: kind = pod(keys)
        }
        keys.finish()
        guard let kind else { return }
        chain(kind, id: id, patterns: match, element.place)
    }

    private func parser(_ keys: FluentdKeys, _ id: String) -> TransformKind? {
        let key = keys.required("key_name", "name the field that is parsed")
        let element = parseElement(keys)
        if element == nil { log.error(keys.place, "<parse> is missing", "write @type json in it") }
        let parse = parse(element, id: id)
        let reserves = keys.bool("reserve_data") ?? false
        let removes = keys.bool("remove_key_name_field") ?? false
        let keepsTime = keys.bool("reserve_time") ?? false
        let hashKey = keys.text("hash_value_field")
        let toErrors = keys.bool("emit_invalid_record_to_error") ?? true
        _ = keys.bool("replace_invalid_sequence")
        if let prefix = keys.one("inject_key_prefix") {
            log.unsupported(prefix.place, "\"inject_key_prefix\" is not supported")
        }
        keys.accepted("suppress_parse_error_log", "ignore_key_not_exist")
        guard let key, let rule = parse.rule else { return nil }
        configuration.parsers[id] = nil
        var transform = ParserTransform(key: FluentdValues.accessor(key), parsers: [])
        transform.rule = rule
        transform.reservesData = reserves
        transform.preservesKey = reserves && !removes
        transform.hashKey = hashKey
        transform.setsTime = !keepsTime
        // What Fluentd would hand to @ERROR leaves as failed, with the reason; nothing is left out silently.
        transform.passesFailed = reserves || !toErrors
        return .parser(transform)
    }

    private func grep(_ keys: FluentdKeys) -> TransformKind? {
        var rules: [GrepTransform.Rule] = []
        var hasOr = false
        for name in ["regexp", "exclude", "and", "or"] {
            for element in keys.elements(name) {
                if name == "and" || name == "or" {
                    hasOr = hasOr || name == "or"
                    for inner in element.elements {
                        guard ["regexp", "exclude"].contains(inner.name) else {
                            log.unknown(
                                inner.place,
                                "the element",
                                inner.name,
                                among: ["regexp", "exclude"]
                            )
                            continue
                        }
                        rule(inner).map { rules.append($0) }
                    }
                    continue
                }
                rule(element).map { rules.append($0) }
            }
        }
        // Before there were elements.
        for number in 1...20 {
            for (name, excludes) in [("regexp\(number)", false), ("exclude\(number)", true)] {
                guard let parameter = keys.one(name) else { continue }
                let parts = parameter.value.split(maxSplits: 1, whereSeparator: \.isWhitespace)
                guard parts.count == 2 else {
                    log.error(parameter.valuePlace, "a field and an expression are expected")
                    continue
                }
                rules.append(
                    GrepTransform.Rule(
                        excludes: excludes,
                        key: FluentdValues.accessor(String(parts[0])),
                        pattern: FluentBitPatterns.unslashed(String(parts[1].trimmed))
                    )
                )
            }
        }
        guard !rules.isEmpty else {
            log.warn(keys.place, "the filter has no rule, so it does nothing")
            return nil
        }
        var transform = GrepTransform(rules: rules)
        let kinds = Set(rules.map(\.excludes))
        if hasOr {
            if kinds.count > 1 || keys.element.elements.count > 1 {
                log.unsupported(
                    keys.place,
                    "<or> beside other rules is not supported",
                    "write two filters"
                )
            }
            transform.logic = .or
        } else if kinds == [false] {
            // All must fit, where the rules of Fluent Bit's old way let the first one decide.
            transform.logic = .and
        } else if kinds == [true], rules.count > 1 {
            // One that fits is enough to leave a record out; `<and>` asks for all.
            transform.logic = keys.element.elements("and").isEmpty ? .or : .and
        } else if kinds.count == 2 {
            return mixed(rules, keys)
        }
        return .grep(transform)
    }

    /// Rules of both kinds: what must fit as one expression is left to a first filter.
    private func mixed(_ rules: [GrepTransform.Rule], _ keys: FluentdKeys) -> TransformKind {
        let patterns = FluentdPatterns.patterns(keys.element.argument)
        let match =
            FluentdPatterns.fitsAll(patterns) ? nil : FluentdPatterns.match(patterns)
        var kept = GrepTransform(rules: rules.filter { !$0.excludes })
        kept.logic = .and
        let id = id(FluentdElement.none, "filter", "grep")
        chain(.grep(kept), id: id, patterns: match, keys.place)
        var left = GrepTransform(rules: rules.filter(\.excludes))
        if left.rules.count > 1 { left.logic = .or }
        return .grep(left)
    }

    private func rule(_ element: FluentdElement) -> GrepTransform.Rule? {
        let keys = FluentdKeys(element, log: log)
        defer { keys.finish() }
        guard let key = keys.required("key"), let pattern = keys.one("pattern") else {
            if !keys.has("pattern") { log.error(element.place, "\"pattern\" is missing") }
            return nil
        }
        let text = FluentBitPatterns.unslashed(pattern.value)
        check(text, pattern.valuePlace)
        return GrepTransform.Rule(
            excludes: element.name == "exclude",
            key: FluentdValues.accessor(key),
            pattern: text
        )
    }

    private func recordTransformer(_ keys: FluentdKeys, _ type: String) -> TransformKind {
        var transform = RecordTransformerTransform()
        let isRuby = keys.bool("enable_ruby") ?? false
        let isModifier = type == "record_modifier"
        for element in keys.elements("record") {
            for parameter in FluentdKeys(element, log: log).own() {
                let template = template(parameter, isRuby: isRuby || isModifier)
                transform.fields.append((parameter.key, template))
            }
        }
        transform.removed = keys.list("remove_keys").map(FluentdValues.accessor)
        transform.kept = keys.list("keep_keys") + keys.list("whitelist_keys")
        transform.renewsRecord =
            keys.bool("renew_record") ?? false || keys.has("whitelist_keys")
        if !transform.kept.isEmpty, keys.has("keep_keys") { transform.renewsRecord = true }
        transform.keepsTypes = keys.bool("auto_typecast") ?? true
        transform.renewTimeKey = keys.text("renew_time_key")
        keys.unsupported("char_encoding")
        keys.unsupported(elements: "replace", "dictionary")
        keys.accepted("prepare_value", "caching")
        if let prepare = keys.one("prepare_value") {
            log.error(prepare.place, "Ruby code is not supported", "use the values themselves")
        }
        if transform.fields.isEmpty, transform.removed.isEmpty, transform.kept.isEmpty {
            log.warn(keys.place, "the filter sets nothing, so it does nothing")
        }
        return .recordTransformer(transform)
    }

    /// A value of a record with its placeholders; Ruby beyond them is refused.
    private func template(_ parameter: FluentdParameter, isRuby: Bool) -> String {
        var made = ""
        var rest = parameter.value[...]
        while let start = rest.firstRange(of: "${") {
            made += rest[..<start.lowerBound]
            let inner = rest[start.upperBound...]
            guard let end = Self.end(of: inner) else {
                log.error(parameter.valuePlace, "a placeholder does not end", "write }")
                return made
            }
            let code = String(inner[..<end].trimmed)
            if let known = Self.placeholder(code) {
                made += "${\(known)}"
            } else {
                log.error(
                    parameter.valuePlace,
                    isRuby
                        ? "the Ruby code \(code) is not known" : "\(code) is no placeholder",
                    "record[\"key\"], record[\"key\"] || \"text\", tag, tag_parts[0], hostname, time "
                        + "and time.strftime(\"%Y\") are"
                )
            }
            rest = inner[inner.index(after: end)...]
        }
        return made + rest
    }

    private static func end(of text: Substring) -> Substring.Index? {
        var depth = 0
        for index in text.indices {
            if text[index] == "{" { depth += 1 }
            if text[index] == "}" {
                if depth == 0 { return index }
                depth -= 1
            }
        }
        return nil
    }

    /// A placeholder as the transform has it; nil if it is none.
    static func placeholder(_ code: String) -> String? {
        switch code {
        case "tag", "hostname", "time": return code
        case "Socket.gethostname": return "hostname"
        case "time.to_s": return "time"
        case "time.iso8601", "Time.now.iso8601": return code
        default: break
        }
        for name in ["time.strftime(", "Time.now.strftime("]
        where code.hasPrefix(name) && code.hasSuffix(")") {
            return literal(code.dropFirst(name.count).dropLast()) == nil ? nil : code
        }
        if let bar = code.firstRange(of: "||") {
            let rest = code[bar.upperBound...].trimmed
            guard let known = placeholder(String(code[..<bar.lowerBound].trimmed)),
                known.hasPrefix("record"), let fallback = literal(rest)
            else { return nil }
            return "\(known) || \"\(fallback)\""
        }
        for name in ["tag_parts", "tag_prefix", "tag_suffix"]
        where code.hasPrefix(name + "[") && code.hasSuffix("]") {
            let number = code.dropFirst(name.count + 1).dropLast()
            return Int(number) == nil ? nil : code
        }
        var steps: [String] = []
        if code.hasPrefix("record.dig("), code.hasSuffix(")") {
            for part in code.dropFirst(11).dropLast().split(separator: ",") {
                guard let name = literal(part.trimmed) else { return nil }
                steps.append(name)
            }
        } else if code.hasPrefix("record[") {
            var rest = code.dropFirst(6)
            while rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                guard let name = literal(inner.trimmed) else { return nil }
                steps.append(name)
                rest = rest[rest.index(after: end)...]
            }
            if !rest.isEmpty, rest != ".to_s" { return nil }
        }
        guard !steps.isEmpty else { return nil }
        return "record" + steps.map { "[\"\($0)\"]" }.joined()
    }

    private static func literal(_ text: Substring) -> String? {
        guard text.count >= 2, let first = text.first, first == "\"" || first == "'",
            text.last == first
        else { return nil }
        let inner = text.dropFirst().dropLast()
        return inner.contains(first) ? nil : String(inner)
    }

    private func concat(_ keys: FluentdKeys) -> TransformKind? {
        let key = keys.required("key", "name the field that is joined")
        let separator = keys.one("separator")?.value ?? "\n"
        let start = keys.one("multiline_start_regexp")
        let end = keys.one("multiline_end_regexp")
        let goesOn = keys.one("continuous_line_regexp")
        let lines = keys.integer("n_lines", 1...100_000)
        var transform = MultilineTransform(rules: [], key: key)
        transform.separator = separator
        transform.streamKeys = keys.list("stream_identity_key").map(FluentdValues.accessor)
        if let flush = keys.time("flush_interval"), flush > .zero { transform.flush = flush }
        readPartial(keys, &transform)
        keys.ignored("timeout_label", because: "records that wait no longer go on like others")
        transform.keepsFirstTime = keys.bool("use_first_timestamp") ?? false
        if transform.joinsPartial {
            // Nothing else says which belong together.
        } else if let start {
            let pattern = FluentBitPatterns.unslashed(start.value)
            check(pattern, start.valuePlace)
            var rule = MultilineRule(.firstLine(pattern))
            rule.separator = separator
            if let goesOn {
                let next = FluentBitPatterns.unslashed(goesOn.value)
                check(next, goesOn.valuePlace)
                rule.form = .states([
                    MultilineRule.State(from: ["start_state"], pattern: pattern, next: "cont"),
                    MultilineRule.State(from: ["cont"], pattern: next, next: "cont"),
                ])
            }
            if let end {
                log.unsupported(end.place, "a start and an end together are not supported")
            }
            transform.rule = rule
        } else if let end {
            let pattern = FluentBitPatterns.unslashed(end.value)
            check(pattern, end.valuePlace)
            var rule = MultilineRule(
                .condition(start: ".*", condition: pattern, mode: "halt_with")
            )
            rule.separator = separator
            transform.rule = rule
        } else if let lines {
            // Any line begins a record, none ends it but the last of so many.
            var rule = MultilineRule(
                .condition(start: "^", condition: #"[^\s\S]"#, mode: "halt_with")
            )
            rule.linesMaximum = lines
            rule.endsAtMaximum = true
            rule.separator = separator
            transform.rule = rule
        } else {
            log.error(
                keys.place,
                "nothing says which records belong together",
                "write multiline_start_regexp"
            )
            return nil
        }
        return key == nil ? nil : .multiline(transform)
    }

    /// Records that say themselves whether they go on: docker's, CRI's, or by a field of any name.
    private func readPartial(_ keys: FluentdKeys, _ transform: inout MultilineTransform) {
        let keeps = keys.bool("keep_partial_key") ?? false
        let keepsAll = keys.bool("keep_partial_metadata") ?? false
        let key = keys.text("partial_key")
        let value = keys.text("partial_value")
        let tag = keys.text("partial_cri_logtag_key")
        let stream = keys.text("partial_cri_stream_key")
        let format = keys.choice(
            "partial_metadata_format",
            ["docker-fluentd", "docker-journald", "docker-journald-lowercase"]
        )
        if keys.bool("use_partial_metadata") == true {
            transform.joinsPartial = true
            transform.keepsPartialKey = keepsAll
            if let format, format != "docker-fluentd" {
                log.unsupported(
                    keys.one("partial_metadata_format")?.place ?? keys.place,
                    "records of the journal are not supported"
                )
            }
        } else if keys.bool("use_partial_cri_logtag") == true {
            transform.joinsPartial = true
            transform.keepsPartialKey = keeps
            transform.partialValue = "P"
            if let tag {
                transform.partialKey = tag
            } else {
                log.error(keys.place, "\"partial_cri_logtag_key\" is missing", "write logtag")
            }
            if let stream { transform.streamKeys.append(FluentdValues.accessor(stream)) }
        } else if let key {
            transform.joinsPartial = true
            transform.keepsPartialKey = keeps
            transform.partialKey = key
            if let value {
                transform.partialValue = value
            } else {
                log.error(keys.place, "\"partial_value\" is missing", "write true")
            }
        }
    }

    private func pod(_ keys: FluentdKeys) -> TransformKind {
        var transform = PodTransform()
        transform.tagPrefix = "kubernetes.var.log.containers."
        transform.hasLabels = !(keys.bool("skip_labels") ?? false)
        transform.hasAnnotations = keys.has("annotation_match")
        keys.ignored(
            "kubernetes_url",
            "apiVersion",
            "ca_file",
            "verify_ssl",
            "bearer_token_file",
            "client_cert",
            "client_key",
            "cache_size",
            "cache_ttl",
            "watch",
            "watch_retry_interval",
            "secret_dir",
            "test_api_adapter",
            "ssl_partial_chain",
            because: "what is known of the pod comes from the downward API, no server is asked"
        )
        keys.accepted(
            "skip_container_metadata",
            "skip_master_url",
            "skip_namespace_metadata",
            "annotation_match",
            "stats_interval",
            "tag_to_kubernetes_name_regexp",
            "de_dot",
            "de_slash",
            "allow_orphans",
            "orphaned_namespace_name",
            "orphaned_namespace_id",
            "lookup_from_k8s_field",
            "use_journal",
            "watch_retry_max_times",
            "watch_retry_exponential_backoff_base",
            "skip_pod_labels",
            "skip_namespace_labels",
            "include_ownerrefs_metadata",
            "open_timeout",
            "read_timeout"
        )
        return .pod(transform)
    }
}
