import Basics
import Formats
import Records

extension FluentBitReader {
    /// `[FILTER]`.
    func readFilter(_ section: FluentBitSection) {
        let keys = FluentBitKeys(section, log: log)
        let plugin = plugin(
            keys,
            "filter",
            FluentBitNames.filters,
            FluentBitNames.otherFilters
        )
        guard let plugin else { return }
        let id = id(keys, "filter", plugin)
        let match = match(keys, isOutput: false)
        keys.accepted("log_level", "log_suppress_interval")
        let kinds = transforms(plugin, keys)
        keys.finish()
        for (index, kind) in kinds.enumerated() {
            chain(
                kind,
                id: index == kinds.count - 1 ? id : "\(id)_\(index + 1)",
                match: match,
                place: section.place
            )
        }
    }

    /// What a filter does; several steps for some, none after an error.
    func transforms(_ plugin: String, _ keys: FluentBitKeys) -> [TransformKind] {
        switch plugin {
        case "parser": return parser(keys).map { [.parser($0)] } ?? []
        case "grep": return [.grep(grep(keys))]
        case "modify": return [.modify(modify(keys))]
        case "record_modifier": return [.recordModifier(recordModifier(keys))]
        case "nest": return nest(keys).map { [.nest($0)] } ?? []
        case "kubernetes": return [.pod(pod(keys))]
        case "multiline": return multiline(keys).map { [.multiline($0)] } ?? []
        case "rewrite_tag": return [.rewriteTag(rewriteTag(keys))]
        case "throttle": return [.throttle(throttle(keys))]
        case "type_converter": return types(keys)
        default: return [.standardOutput(standardOutput(keys))]
        }
    }

    private func parser(_ keys: FluentBitKeys) -> ParserTransform? {
        let key = keys.required("key_name", "name the field that is parsed")
        var names: [String] = []
        for property in keys.all("parser") {
            for name in property.value.split(separator: ",").map({ String($0.trimmed) }) {
                names.append(name)
                useParser(name, property.valuePlace)
            }
        }
        if names.isEmpty { log.error(keys.place, "\"parser\" is missing") }
        let reserves = keys.bool("reserve_data") ?? false
        let preserves = keys.bool("preserve_key") ?? false
        let hashKey = keys.text("hash_value_field") ?? keys.text("nest_under")
        keys.unsupported(switch: "unescape_key", unless: false)
        guard let key else { return nil }
        var transform = ParserTransform(key: key, parsers: names)
        transform.reservesData = reserves
        transform.preservesKey = preserves
        transform.hashKey = hashKey
        return transform
    }

    private func grep(_ keys: FluentBitKeys) -> GrepTransform {
        var rules: [GrepTransform.Rule] = []
        _ = keys.all("regex") + keys.all("exclude")
        for property in keys.section.properties {
            let key = property.key.lowercased()
            guard key == "regex" || key == "exclude" else { continue }
            // Quotes around the expression belong to it.
            let words = property.value.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
                .map { String($0.trimmed) }
            guard words.count == 2 else {
                log.error(
                    property.valuePlace,
                    "a field and an expression are expected",
                    "write log ^ERROR"
                )
                continue
            }
            let pattern = FluentBitPatterns.unslashed(words[1])
            checkExpression(pattern, property.valuePlace)
            rules.append(
                GrepTransform.Rule(excludes: key == "exclude", key: words[0], pattern: pattern)
            )
        }
        var transform = GrepTransform(rules: rules)
        if let logic = keys.choice("logical_op", ["legacy", "and", "or"]) {
            transform.logic = logic == "and" ? .and : logic == "or" ? .or : .legacy
            if transform.logic != .legacy, Set(rules.map(\.excludes)).count > 1,
                let property = keys.one("logical_op")
            {
                log.error(
                    property.place,
                    "Regex and Exclude cannot stand together with Logical_Op \(logic)",
                    "write two filters"
                )
            }
        }
        if rules.isEmpty { log.warn(keys.place, "the filter has no rule, so it does nothing") }
        return transform
    }

    private func recordModifier(_ keys: FluentBitKeys) -> RecordModifierTransform {
        var transform = RecordModifierTransform()
        for property in keys.all("record") {
            let words = FluentBitValues.words(property.value, most: 2)
            guard words.count == 2 else {
                log.error(property.valuePlace, "a name and a value are expected")
                continue
            }
            transform.added.append(Fields.Entry(words[0], .text(words[1])))
        }
        transform.removed = keys.list("remove_key")
        transform.allowed = keys.list("allowlist_key") + keys.list("whitelist_key")
        transform.uuidKey = keys.text("uuid_key")
        if !transform.removed.isEmpty, !transform.allowed.isEmpty {
            log.error(
                keys.place,
                "Remove_key and Allowlist_key exclude each other",
                "write two filters"
            )
        }
        return transform
    }

    private func nest(_ keys: FluentBitKeys) -> NestTransform? {
        let operation = keys.choice("operation", ["nest", "lift"])
        if operation == nil, !keys.has("operation") {
            log.error(keys.place, "\"operation\" is missing", "write Operation nest or lift")
        }
        var transform = NestTransform(lifts: operation == "lift")
        transform.wildcards = keys.list("wildcard")
        // Fluent Bit takes either name for either operation.
        let map = keys.text("nest_under")
        let other = keys.text("nested_under")
        if transform.lifts {
            transform.nestedUnder = other ?? map
        } else {
            transform.nestUnder = map ?? other
        }
        let prefix = keys.text("prefix_with")
        transform.addedPrefix = keys.text("add_prefix") ?? prefix
        transform.removedPrefix = keys.text("remove_prefix")
        if transform.addedPrefix != nil, transform.removedPrefix != nil {
            log.error(keys.place, "Add_prefix and Remove_prefix exclude each other", "remove one")
        }
        switch operation {
        case "nest" where transform.nestUnder == nil:
            log.error(keys.place, "\"nest_under\" is missing", "name the map for the fields")
        case "lift" where transform.nestedUnder == nil:
            log.error(keys.place, "\"nested_under\" is missing", "name the map to take apart")
        case nil: return nil
        default: break
        }
        return transform
    }

    private func multiline(_ keys: FluentBitKeys) -> MultilineTransform? {
        var rules: [String] = []
        for property in keys.all("multiline.parser") {
            for name in property.value.split(separator: ",").map({ String($0.trimmed) })
            where !name.isEmpty {
                rules.append(name)
                useMultiline(name, property.valuePlace)
            }
        }
        let isPartial =
            keys.choice("mode", ["parser", "partial_message"]) == "partial_message"
        let key = keys.text("multiline.key_content")
        if rules.isEmpty, !isPartial {
            log.error(keys.place, "\"multiline.parser\" is missing")
        }
        var transform = MultilineTransform(rules: rules, key: key)
        transform.joinsPartial = isPartial
        if let flush = keys.integer("flush_ms", 1...86_400_000) {
            transform.flush = .milliseconds(flush)
        }
        _ = keys.bool("buffer")
        _ = keys.size("emitter_mem_buf_limit")
        keys.accepted("emitter_name", "emitter_storage.type", "debug_flush")
        if isPartial, key == nil {
            log.error(keys.place, "\"multiline.key_content\" is missing")
        }
        return transform
    }

    private func rewriteTag(_ keys: FluentBitKeys) -> RewriteTagTransform {
        var rules: [RewriteTagTransform.Rule] = []
        for property in keys.all("rule") {
            let words = FluentBitValues.words(property.value)
            guard words.count == 4, let keeps = FluentBitValues.bool(words[3]) else {
                log.error(
                    property.valuePlace,
                    "a field, an expression, a tag, and true or false are expected",
                    "write $level ^ERROR$ error.$TAG false"
                )
                continue
            }
            if !words[0].hasPrefix("$") {
                log.error(
                    property.valuePlace,
                    "the field \"\(words[0])\" must begin with $",
                    "write $\(words[0])"
                )
            }
            let pattern = FluentBitPatterns.unslashed(words[1])
            checkExpression(pattern, property.valuePlace)
            rules.append(
                RewriteTagTransform.Rule(
                    key: words[0],
                    pattern: pattern,
                    tag: words[2],
                    keeps: keeps
                )
            )
        }
        if rules.isEmpty { log.error(keys.place, "\"rule\" is missing") }
        keys.accepted("emitter_name", "emitter_storage.type")
        _ = keys.size("emitter_mem_buf_limit")
        keys.unsupported(switch: "recursive", unless: false)
        return RewriteTagTransform(rules: rules)
    }

    private func throttle(_ keys: FluentBitKeys) -> ThrottleTransform {
        var transform = ThrottleTransform()
        if let rate = keys.number("rate") { transform.rate = max(rate, 0) }
        if let window = keys.integer("window", 1...1_000_000) { transform.window = window }
        if let interval = keys.time("interval"), interval > .zero { transform.interval = interval }
        _ = keys.bool("print_status")
        keys.unsupported(switch: "retain_data", unless: false)
        return transform
    }

    private func types(_ keys: FluentBitKeys) -> [TransformKind] {
        var copies: [ModifyTransform.Rule] = []
        var types: [String: String] = [:]
        let kinds = [
            "int_key": "integer", "uint_key": "integer", "float_key": "float",
            "str_key": "string",
        ]
        for (key, _) in kinds { _ = keys.all(key) }
        for property in keys.section.properties where kinds[property.key.lowercased()] != nil {
            let words = FluentBitValues.words(property.value)
            let names = [
                "string": "string", "integer": "integer", "int": "integer", "uint": "integer",
                "float": "float", "double": "float", "str": "string",
            ]
            guard words.count == 3, let type = names[words[2].lowercased()] else {
                log.error(
                    property.valuePlace,
                    "a field, its new name and a type are expected",
                    "write id id_str string"
                )
                continue
            }
            if words[0] != words[1] {
                copies.append(ModifyTransform.Rule("hard_copy", [words[0], words[1]]))
            }
            types[words[1]] = type
        }
        if types.isEmpty { log.error(keys.place, "the filter has no rule", "write Int_Key") }
        let steps: [TransformKind] = copies.isEmpty ? [] : [.modify(ModifyTransform(rules: copies))]
        return steps + [.types(types)]
    }

    private func standardOutput(_ keys: FluentBitKeys) -> Encoding {
        encoding(
            keys,
            formats: ["msgpack", "json", "json_stream", "json_lines"],
            standard: "msgpack"
        )
    }

    private func pod(_ keys: FluentBitKeys) -> PodTransform {
        var transform = PodTransform()
        transform.tagPrefix = keys.text("kube_tag_prefix") ?? transform.tagPrefix
        transform.mergesLog = keys.bool("merge_log") ?? false
        transform.mergeLogKey = keys.text("merge_log_key")
        transform.keepsLog = keys.bool("keep_log") ?? true
        transform.hasLabels = keys.bool("labels") ?? true
        transform.hasAnnotations = keys.bool("annotations") ?? true
        keys.unsupported(switch: "merge_log_trim", unless: true)
        keys.ignored(
            "kube_url",
            "kube_ca_file",
            "kube_ca_path",
            "kube_token_file",
            "kube_token_command",
            "kube_token_ttl",
            "use_kubelet",
            "kubelet_host",
            "kubelet_port",
            "kube_meta_cache_ttl",
            "kube_meta_namespace_cache_ttl",
            "dns_retries",
            "dns_wait_time",
            "tls.verify",
            "tls.verify_hostname",
            "tls.debug",
            "tls.vhost",
            "tls.ca_file",
            "buffer_size",
            "cache_use_docker_id",
            "kube_meta_preload_cache_dir",
            because: "what is known of the pod comes from the downward API, no server is asked"
        )
        keys.accepted("use_tag_for_meta", "dummy_meta")
        keys.unsupported("merge_parser", instead: "use the filter parser with Key_Name log")
        keys.unsupported("regex_parser")
        for key in ["k8s-logging.parser", "k8s-logging.exclude"] where keys.bool(key) == true {
            guard let property = keys.one(key) else { continue }
            log.warn(
                property.place,
                "\"\(property.key)\" has no effect here: annotations of pods decide nothing",
                key.hasSuffix("parser") ? "name the parser in the input" : ""
            )
        }
        for key in [
            "use_journal", "namespace_labels", "namespace_annotations", "namespace_metadata_only",
            "owner_references", "use_pod_association", "aws_use_pod_association",
        ] {
            keys.unsupported(switch: key, unless: false)
        }
        keys.unsupported("annotations_allowed", "labels_allowed")
        return transform
    }
}
