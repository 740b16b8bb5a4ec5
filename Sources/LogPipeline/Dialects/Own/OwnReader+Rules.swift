import Basics
import Formats
import Records

extension OwnReader {
    private static let formats = [
        "json", "ltsv", "logfmt", "cri", "syslog", "regex", "csv", "none",
    ]

    /// A parser: `json`, or a map with its format and what belongs to it.
    func parserRule(_ node: TreeNode) -> ParserRule? {
        if let text = node.tree.scalar?.text {
            guard let form = Self.form(text) else {
                _ = node.choice(Self.formats)
                return nil
            }
            return ParserRule(form)
        }
        guard let members = node.members() else { return nil }
        defer { finish(members, "parser") }
        let format = members.text("format")
        let pattern = members.text("pattern")
        let names = list(members, "fields")
        let delimiter = members.text("delimiter") ?? ","
        let key = members.text("key") ?? "log"
        let form: ParserRule.Form
        switch format ?? (pattern == nil ? "json" : "regex") {
        case "regex":
            guard let pattern else {
                log.error(members.place, "\"pattern\" is missing")
                return nil
            }
            form = .regex(pattern)
        case "csv":
            if delimiter.utf8.count != 1 {
                log.error(members.place("delimiter"), "the delimiter is one character")
            }
            form = .csv(names: names ?? [], delimiter: delimiter.utf8.first ?? 0x2C)
        case "none": form = .none(key: key)
        case let word:
            guard let plain = Self.form(word) else {
                form = .named(word)
                break
            }
            form = plain
        }
        var rule = ParserRule(form)
        put(members.text("time_key"), into: &rule.timeKey)
        put(members.text("time_format"), into: &rule.timeFormat)
        take(members.bool("keep_time"), into: &rule.keepsTime)
        if let offset = members.value("time_offset") {
            take(offset.integer(-86_400...86_400), into: &rule.timeOffset)
        }
        take(members.bool("system_zone"), into: &rule.usesSystemZone)
        take(members.bool("strict_time"), into: &rule.isTimeStrict)
        take(members.bool("skip_empty"), into: &rule.skipsEmptyValues)
        rule.types = texts(members, "types")
        take(members.bool("no_bare_keys"), into: &rule.refusesBareKeys)
        for node in members.list("decode") {
            guard let fields = node.members() else { continue }
            let names = ["json", "escaped", "escaped_utf8", "mysql_quoted"]
            let name = fields.required("as")?.choice(names) ?? "json"
            let key = fields.requiredText("key") ?? ""
            let replaces = fields.bool("replace") ?? true
            let action = fields.choice("then", ["try_next", "do_next"]) ?? ""
            finish(fields, "decode")
            rule.decoders.append(.init(replaces: replaces, name: name, key: key, action: action))
        }
        return rule
    }

    private static func form(_ word: String) -> ParserRule.Form? {
        switch word {
        case "json": .json
        case "ltsv": .ltsv
        case "logfmt": .logfmt
        case "cri": .cri
        case "syslog": .syslog
        default: nil
        }
    }

    /// A rule that joins lines.
    func multilineRule(_ node: TreeNode) -> MultilineRule? {
        guard let members = node.members() else { return nil }
        defer { finish(members, "multiline") }
        let first = members.text("first_line")
        let start = members.text("start")
        let condition = members.text("condition")
        let modes = ["continue_through", "continue_past", "halt_before", "halt_with"]
        let mode = members.choice("mode", modes)
        let end = members.text("ends_with")
        let isNegated = members.bool("negated") ?? false
        let states = members.list("states").compactMap { node -> MultilineRule.State? in
            guard let fields = node.members() else { return nil }
            defer { finish(fields, "state") }
            let from = fields.value("from")?.oneOrMore().compactMap { $0.text() }
            guard let pattern = fields.requiredText("pattern") else { return nil }
            let next = fields.text("next") ?? "cont"
            return .init(from: from ?? ["start_state"], pattern: pattern, next: next)
        }
        let form: MultilineRule.Form
        let keys = ["first_line", "start", "ends_with", "states", "built_in"]
        switch members.oneOf(keys, isRequired: true) {
        case "first_line": form = .firstLine(first ?? "")
        case "start":
            form = .condition(
                start: start ?? "",
                condition: condition ?? start ?? "",
                mode: mode ?? "halt_before"
            )
        case "ends_with": form = .endsWith(end ?? "", negated: isNegated)
        case "states": form = .states(states)
        case "built_in":
            let names = ["docker", "cri", "java", "python", "go", "ruby"]
            form = .builtIn(members.choice("built_in", names) ?? "java")
        default: return nil
        }
        var rule = MultilineRule(form)
        take(members.duration("flush"), into: &rule.flush)
        put(members.text("key"), into: &rule.keyContent)
        put(members.text("group_key"), into: &rule.keyGroup)
        put(members.text("partial_key"), into: &rule.keyPattern)
        rule.parser = parser(members)
        rule.firstLineParser = parser(members, "parse_joined")
        take(size(members, "bytes"), into: &rule.bytesMaximum)
        take(members.integer("lines", 1...1_000_000), into: &rule.linesMaximum)
        take(members.text("separator"), into: &rule.separator)
        return rule
    }

    // MARK: Delivery

    /// `retry` of the service or a sink.
    func retry(_ members: Members) -> RetrySettings? {
        guard let fields = members.members("retry") else { return nil }
        var retry = configuration.service.retry
        put(fields.integer("limit", 0...Int.max), into: &retry.limit)
        take(fields.duration("initial"), into: &retry.initial)
        take(fields.duration("cap"), into: &retry.cap)
        take(fields.number("factor"), into: &retry.factor)
        take(fields.bool("random"), into: &retry.isFullyRandom)
        put(fields.duration("timeout"), into: &retry.timeout)
        if retry.factor < 1 { log.error(fields.place("factor"), "it must be at least 1") }
        finish(fields, "retry")
        return retry
    }

    func batch(_ members: Members) -> BatchSettings {
        var batch = BatchSettings()
        guard let fields = members.members("batch") else { return batch }
        take(size(fields, "bytes"), into: &batch.bytes)
        put(fields.integer("records", 1...Int.max), into: &batch.records)
        put(fields.duration("wait"), into: &batch.wait)
        finish(fields, "batch")
        return batch
    }

    func buffer(_ members: Members) -> BufferSettings {
        var buffer = BufferSettings()
        guard let fields = members.members("buffer") else { return buffer }
        take(size(fields, "memory"), into: &buffer.memory)
        put(fields.integer("records", 1...Int.max), into: &buffer.records)
        put(fields.text("directory"), into: &buffer.directory)
        take(size(fields, "disk").map { Int64($0) }, into: &buffer.disk)
        switch fields.choice("when_full", ["block", "drop_newest", "drop_oldest"]) {
        case "drop_newest"?: buffer.whenFull = .dropNewest
        case "drop_oldest"?: buffer.whenFull = .dropOldest
        default: break
        }
        finish(fields, "buffer")
        return buffer
    }

    /// How records are written: a word, or a map.
    func encoding(_ members: Members, _ usual: Encoding.Form = .json) -> Encoding {
        var encoding = Encoding(usual)
        guard let node = members.value("encode") else { return encoding }
        let words = [
            "json", "text", "logfmt", "ltsv", "csv", "msgpack", "plain", "tagged", "template",
        ]
        guard node.tree.mapping != nil, let fields = node.members() else {
            if let word = node.choice(words) {
                encoding.form = Self.form(word, key: "log", names: [], delimiter: ",", template: "")
            }
            return encoding
        }
        let key = fields.text("key") ?? "log"
        let names = list(fields, "fields") ?? []
        let delimiter = fields.text("delimiter") ?? ","
        let template = fields.text("template") ?? ""
        let word = fields.choice("as", words) ?? (template.isEmpty ? "json" : "template")
        encoding.form = Self.form(
            word,
            key: key,
            names: names,
            delimiter: delimiter,
            template: template
        )
        put(fields.text("time_key"), into: &encoding.timeKey)
        take(fields.text("time_format"), into: &encoding.timeFormat)
        put(list(fields, "only"), into: &encoding.only)
        take(list(fields, "except"), into: &encoding.except)
        take(fields.bool("sort"), into: &encoding.sortsKeys)
        take(fields.bool("escape"), into: &encoding.escapesUnicode)
        put(fields.text("tag_key"), into: &encoding.tagKey)
        finish(fields, "encode")
        return encoding
    }

    private static func form(
        _ word: String,
        key: String,
        names: [String],
        delimiter: String,
        template: String
    ) -> Encoding.Form {
        switch word {
        case "text": .text(key: key)
        case "logfmt": .logfmt
        case "ltsv": .ltsv
        case "csv": .csv(fields: names, delimiter: delimiter)
        case "msgpack": .messagePack
        case "plain": .plain
        case "tagged": .tagged
        case "template": .template(template)
        default: .json
        }
    }
}
