import Basics
import Formats
import Records

extension OwnReader {
    static let stepKinds = [
        "parse", "keep", "drop", "modify", "set", "nest", "lift", "join", "retag", "throttle",
        "pod", "template", "types", "show", "remap", "filter", "route", "sample", "dedupe", "rate",
        "reduce",
    ]

    func step(_ node: TreeNode) {
        guard let (word, members) = kind(node, Self.stepKinds, "step") else { return }
        let id = name(members, word)
        let inlet = inlet(members)
        var doors = [""]
        let kind: TransformKind?
        switch word {
        case "parse": kind = parse(members)
        case "keep", "drop": kind = grep(members, word)
        case "modify": kind = modify(members)
        case "set": kind = set(members)
        case "nest", "lift": kind = nest(members, word)
        case "join": kind = join(members)
        case "retag":
            kind = retag(members)
            doors.append("emitted")
        case "throttle": kind = throttle(members)
        case "pod": kind = pod(members)
        case "template": kind = template(members)
        case "types": kind = .types(texts(members, "types"))
        case "show": kind = .standardOutput(encoding(members, .plain))
        case "remap":
            kind = remap(members)
            if members.bool("reroute_dropped") ?? false { doors.append("dropped") }
        case "filter": kind = members.value("filter").flatMap(condition).map { .filter($0) }
        case "route":
            let routes = route(members)
            kind = .route(routes, isExclusive: members.bool("exclusive") ?? false)
            doors = routes.map(\.name) + ["_unmatched"]
        case "sample": kind = sample(members)
        case "dedupe": kind = dedupe(members)
        case "rate": kind = rate(members)
        default: kind = reduce(members)
        }
        finish(members, "step \(word)")
        guard let kind else { return }
        var transform = TransformSettings(id: id, inlet: inlet, kind: kind)
        transform.place = node.place.short
        configuration.transforms.append(transform)
        offer(id, doors)
        follow(
            word == "route"
                ? doors.map { "\(id).\($0)" } : word == "retag" ? [id, "\(id).emitted"] : [id]
        )
    }

    // MARK: Fields

    private func parse(_ members: Members) -> TransformKind {
        var parse = ParserTransform(key: members.text("key") ?? "log", parsers: [])
        let node = members.value("parse")
        if node?.tree.sequence != nil {
            parse.parsers = list(members, "parse") ?? []
        } else if node?.tree.mapping != nil {
            parse.rule = node.flatMap(parserRule)
        } else {
            parse.parsers = parser(members).map { [$0] } ?? []
        }
        parse.reservesData = members.bool("keep_others") ?? true
        take(members.bool("keep_key"), into: &parse.preservesKey)
        put(members.text("into"), into: &parse.hashKey)
        take(members.bool("pass_failed"), into: &parse.passesFailed)
        take(members.bool("set_time"), into: &parse.setsTime)
        return .parser(parse)
    }

    private func grep(_ members: Members, _ word: String) -> TransformKind {
        var rules: [GrepTransform.Rule] = []
        for (key, node) in members.members(word)?.entries() ?? [] {
            let patterns = node.oneOrMore().compactMap { $0.text() }
            let pattern =
                patterns.count == 1
                ? patterns[0] : patterns.map { "(?:\($0))" }.joined(separator: "|")
            rules.append(.init(excludes: word == "drop", key: key, pattern: pattern))
        }
        var grep = GrepTransform(rules: rules)
        switch members.choice("logic", ["and", "or"]) {
        case "and"?: grep.logic = .and
        case "or"?: grep.logic = .or
        default: grep.logic = .legacy
        }
        return .grep(grep)
    }

    private func modify(_ members: Members) -> TransformKind {
        func rules(_ key: String) -> [ModifyTransform.Rule] {
            (list(members, key) ?? []).compactMap { text in
                let words = text.split(separator: " ").map(String.init)
                return words.first.map { .init($0.lowercased(), Array(words.dropFirst())) }
            }
        }
        return .modify(ModifyTransform(rules: rules("modify"), conditions: rules("when")))
    }

    private func set(_ members: Members) -> TransformKind {
        var modifier = RecordModifierTransform()
        modifier.added = fields(members.value("set")).entries
        take(list(members, "remove"), into: &modifier.removed)
        take(list(members, "only"), into: &modifier.allowed)
        put(members.text("uuid_key"), into: &modifier.uuidKey)
        return .recordModifier(modifier)
    }

    private func nest(_ members: Members, _ word: String) -> TransformKind {
        var nest = NestTransform(lifts: word == "lift")
        if nest.lifts {
            nest.nestedUnder = members.text("lift")
            nest.wildcards = list(members, "fields") ?? []
        } else {
            nest.wildcards = list(members, "nest") ?? []
            nest.nestUnder = members.required("under")?.text()
        }
        put(members.text("add_prefix"), into: &nest.addedPrefix)
        put(members.text("remove_prefix"), into: &nest.removedPrefix)
        return .nest(nest)
    }

    private func join(_ members: Members) -> TransformKind {
        let (names, rule) = joined(members)
        var join = MultilineTransform(rules: names, key: members.text("key"))
        join.rule = rule
        take(members.duration("flush"), into: &join.flush)
        take(members.bool("partial"), into: &join.joinsPartial)
        take(list(members, "stream_keys"), into: &join.streamKeys)
        take(members.text("separator"), into: &join.separator)
        return .multiline(join)
    }

    private func retag(_ members: Members) -> TransformKind {
        let rules = members.list("retag").compactMap { node -> RewriteTagTransform.Rule? in
            guard let fields = node.members() else { return nil }
            defer { finish(fields, "retag rule") }
            let key = fields.requiredText("key")
            let pattern = fields.requiredText("pattern")
            let tag = fields.requiredText("tag")
            let keeps = fields.bool("keep") ?? false
            guard let key, let pattern, let tag else { return nil }
            return .init(key: key, pattern: pattern, tag: tag, keeps: keeps)
        }
        return .rewriteTag(RewriteTagTransform(rules: rules))
    }

    private func throttle(_ members: Members) -> TransformKind {
        var throttle = ThrottleTransform()
        take(members.number("throttle"), into: &throttle.rate)
        take(members.integer("window", 1...10_000), into: &throttle.window)
        take(members.duration("interval"), into: &throttle.interval)
        return .throttle(throttle)
    }

    private func pod(_ members: Members) -> TransformKind {
        var pod = PodTransform()
        take(members.text("key"), into: &pod.key)
        take(members.text("tag_prefix"), into: &pod.tagPrefix)
        take(members.bool("merge_log"), into: &pod.mergesLog)
        put(members.text("merge_log_key"), into: &pod.mergeLogKey)
        take(members.bool("keep_log"), into: &pod.keepsLog)
        take(members.bool("labels"), into: &pod.hasLabels)
        take(members.bool("annotations"), into: &pod.hasAnnotations)
        put(members.text("directory"), into: &pod.directory)
        return .pod(pod)
    }

    private func template(_ members: Members) -> TransformKind {
        var template = RecordTransformerTransform()
        let entries = members.members("template")?.entries() ?? []
        template.fields = entries.map { ($0.key, $0.node.text() ?? "") }
        take(list(members, "remove"), into: &template.removed)
        take(list(members, "only"), into: &template.kept)
        take(members.bool("renew"), into: &template.renewsRecord)
        take(members.bool("keep_types"), into: &template.keepsTypes)
        put(members.text("time_key"), into: &template.renewTimeKey)
        return .recordTransformer(template)
    }

    // MARK: VRL

    private func remap(_ members: Members) -> TransformKind? {
        let node = members.value("remap")
        var source = node?.tree.scalar?.bool == true ? nil : node?.text()
        var name = place(node)
        if let file = members.value("file"), let path = file.text() {
            let path = surroundings.resolved(path, below: surroundings.baseDirectory)
            guard let bytes = surroundings.readFile(path) else {
                file.error("the file \(path) cannot be read")
                return nil
            }
            source = String(decoding: bytes, as: UTF8.self)
            name = path
        }
        var remap = RemapTransform(source: source ?? "", name: name)
        take(members.bool("drop_on_error"), into: &remap.dropsOnError)
        take(members.bool("drop_on_abort"), into: &remap.dropsOnAbort)
        take(members.bool("reroute_dropped"), into: &remap.reroutesDropped)
        put(members.text("zone"), into: &remap.zone)
        if source == nil { log.error(members.place("remap"), "there is no script") }
        return .remap(remap)
    }

    private func route(_ members: Members) -> [NamedCondition] {
        (members.members("route")?.entries() ?? []).compactMap { name, node in
            if name.contains(".") || name.hasPrefix("_") {
                node.error("\"\(name)\" is no name for a route", "use letters, digits and -")
                return nil
            }
            return condition(node).map { NamedCondition(name, $0) }
        }
    }

    private func sample(_ members: Members) -> TransformKind {
        let ratio = members.number("ratio")
        let rate =
            members.value("sample")?.tree.scalar?.bool == true
            ? nil : members.integer("sample", 1...Int.max)
        var sample = SampleTransform(rate: rate ?? 1)
        sample.ratio = ratio
        put(members.text("key"), into: &sample.key)
        put(members.text("group_by"), into: &sample.groupBy)
        sample.exclude = members.value("exclude").flatMap(condition)
        if let node = members.value("rate_key") {
            sample.rateKey = node.text().flatMap { $0.isEmpty ? nil : $0 }
        }
        if rate == nil, ratio == nil { log.error(members.place("sample"), "write sample: 10") }
        return .sample(sample)
    }

    private func dedupe(_ members: Members) -> TransformKind {
        var dedupe = DedupeTransform()
        if members.value("dedupe")?.tree.scalar?.bool != true {
            dedupe.matched = list(members, "dedupe")
        }
        take(list(members, "ignore"), into: &dedupe.ignored)
        take(members.integer("cache", 1...10_000_000), into: &dedupe.cacheSize)
        return .dedupe(dedupe)
    }

    private func rate(_ members: Members) -> TransformKind {
        let threshold = members.integer("rate", 1...Int.max) ?? 1
        let window = members.duration("window") ?? .seconds(1)
        var rate = RateTransform(threshold: threshold, window: window)
        put(members.text("key"), into: &rate.key)
        rate.exclude = members.value("exclude").flatMap(condition)
        if window == .zero { log.error(members.place("window"), "it must not be zero") }
        return .rate(rate)
    }

    private static let strategies = [
        "array", "concat", "concat_newline", "concat_raw", "discard", "flat_unique",
        "longest_array", "max", "min", "retain", "shortest_array", "sum",
    ]

    private func reduce(_ members: Members) -> TransformKind {
        var reduce = ReduceTransform()
        if members.value("reduce")?.tree.scalar?.bool != true {
            take(list(members, "reduce"), into: &reduce.groupBy)
        }
        take(members.duration("expire_after"), into: &reduce.expireAfter)
        take(members.duration("flush"), into: &reduce.flushPeriod)
        put(members.duration("end_every"), into: &reduce.endEvery)
        put(members.integer("records", 1...Int.max), into: &reduce.eventMaximum)
        reduce.endsWhen = members.value("ends_when").flatMap(condition)
        reduce.startsWhen = members.value("starts_when").flatMap(condition)
        for (field, node) in members.members("strategies")?.entries() ?? [] {
            if let word = node.choice(Self.strategies) { reduce.strategies[field] = word }
        }
        return .reduce(reduce)
    }
}
