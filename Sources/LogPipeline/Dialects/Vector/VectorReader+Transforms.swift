import Basics
import Formats

extension VectorReader {
    private static let transformTypes = [
        "remap", "filter", "route", "exclusive_route", "sample", "dedupe", "throttle", "reduce",
    ]

    mutating func transform(_ id: String, _ node: TreeNode) {
        guard let members = node.members() else { return }
        takeInputs(id, members)
        doors[id] = [""]
        let type = members.requiredText("type") ?? ""
        let kind: TransformKind?
        switch type {
        case "remap": kind = remap(id, members)
        case "filter":
            kind = members.required("condition").flatMap(condition).map { .filter($0) }
        case "route": kind = route(id, members)
        case "exclusive_route": kind = exclusiveRoute(id, members)
        case "sample": kind = sample(members)
        case "dedupe": kind = dedupe(members)
        case "throttle": kind = throttle(members)
        case "reduce": kind = reduce(members)
        default:
            if !type.isEmpty {
                unknownType(members, "transform", type, known: Self.transformTypes)
            }
            broken.insert(id)
            return
        }
        _ = members.value("graph")
        members.finish()
        guard let kind else {
            broken.insert(id)
            return
        }
        var settings = TransformSettings(id: id, inlet: Inlet([]), kind: kind)
        settings.place = members.place.short
        configuration.transforms.append(settings)
    }

    /// Notes what a component takes in.
    mutating func takeInputs(_ id: String, _ members: Members) {
        guard let node = members.required("inputs") else { return }
        inputs[id] = node.oneOrMore().compactMap { element in
            element.text().map { ($0, element.place) }
        }
    }

    // MARK: VRL

    private mutating func remap(_ id: String, _ members: Members) -> TransformKind? {
        let choice = members.oneOf(["source", "file", "files"], isRequired: true)
        var settings: RemapTransform?
        switch choice {
        case "source":
            if let node = members.value("source"), let text = node.text() {
                settings = RemapTransform(source: text, name: name(node))
            }
        case "file":
            if let node = members.value("file"), let text = script(node) {
                settings = RemapTransform(source: text, name: node.text() ?? "")
            }
        case "files":
            let nodes = members.list("files")
            let texts = nodes.compactMap(script)
            if !nodes.isEmpty, texts.count == nodes.count {
                settings = RemapTransform(
                    source: texts.joined(separator: "\n"),
                    name: nodes.compactMap { $0.text() }.joined(separator: "+")
                )
            }
        default: break
        }
        let dropsOnError = members.bool("drop_on_error") ?? false
        let dropsOnAbort = members.bool("drop_on_abort") ?? true
        let reroutes = members.bool("reroute_dropped") ?? false
        let zone = members.text("timezone")
        _ = members.choice("metric_tag_values", ["single", "full"])
        _ = members.value("runtime")
        if reroutes { doors[id] = ["", "dropped"] }
        settings?.dropsOnError = dropsOnError
        settings?.dropsOnAbort = dropsOnAbort
        settings?.reroutesDropped = reroutes
        settings?.zone = zone
        return settings.map { .remap($0) }
    }

    /// The text of a script's file.
    private func script(_ node: TreeNode) -> String? {
        guard let path = node.text() else { return nil }
        let place = surroundings.resolved(path, below: surroundings.baseDirectory)
        guard let bytes = surroundings.readFile(place) else {
            node.error("the file \(place) cannot be read", "mount it, or write the script here")
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Routes

    private mutating func route(_ id: String, _ members: Members) -> TransformKind? {
        var routes: [NamedCondition] = []
        let entries = members.required("route")?.members()?.entries() ?? []
        for (name, node) in entries {
            guard checkDoor(name, node), let condition = condition(node) else { continue }
            routes.append(NamedCondition(name, condition))
        }
        let hasUnmatched = members.bool("reroute_unmatched") ?? true
        doors[id] = entries.map(\.key) + (hasUnmatched ? ["_unmatched"] : [])
        return routes.count == entries.count && !entries.isEmpty
            ? .route(routes, isExclusive: false) : nil
    }

    private mutating func exclusiveRoute(_ id: String, _ members: Members) -> TransformKind? {
        var routes: [NamedCondition] = []
        let list = members.required("routes")?.elements() ?? []
        for node in list {
            guard let fields = node.members() else { continue }
            let name = fields.requiredText("name")
            let condition = fields.required("condition").flatMap { self.condition($0) }
            fields.finish()
            guard let name, let condition, checkDoor(name, node) else { continue }
            if routes.contains(where: { $0.name == name }) {
                fields.log.error(fields.place("name"), "there is another route \"\(name)\"")
            }
            routes.append(NamedCondition(name, condition))
        }
        doors[id] = routes.map(\.name) + ["_unmatched"]
        return routes.count == list.count && !list.isEmpty
            ? .route(routes, isExclusive: true) : nil
    }

    private func checkDoor(_ name: String, _ node: TreeNode) -> Bool {
        guard name == "_unmatched" || name == "_default" else { return true }
        node.error("\"\(name)\" is a name that routes cannot have", "choose another name")
        return false
    }

    // MARK: Fewer records

    private func sample(_ members: Members) -> TransformKind? {
        let rate = members.integer("rate", 1...Int.max)
        let ratio = members.number("ratio")
        let exclude = members.value("exclude").flatMap(condition)
        if rate != nil, ratio != nil { _ = members.oneOf(["rate", "ratio"]) }
        if !members.has("rate"), !members.has("ratio") {
            log.error(members.place, "one of \"rate\", \"ratio\" is needed")
        }
        if let ratio, !(ratio > 0 && ratio <= 1) {
            log.error(members.place("ratio"), "it must be greater than 0 and at most 1")
        }
        var settings = SampleTransform(rate: rate ?? 1)
        settings.ratio = ratio
        settings.key = key(members, "key_field")
        settings.groupBy = members.text("group_by")
        settings.exclude = exclude
        settings.rateKey = key(members, "sample_rate_key", "sample_rate")
        members.unsupported("ratio_field", "rate_field")
        return .sample(settings)
    }

    private func dedupe(_ members: Members) -> TransformKind? {
        var settings = DedupeTransform()
        settings.matched = [schema.timestamp, schema.host, schema.message].compactMap(\.self)
        if let fields = members.members("fields") {
            switch fields.oneOf(["match", "ignore"], isRequired: true) {
            case "match": settings.matched = fields.texts("match")
            case "ignore":
                settings.matched = nil
                settings.ignored = fields.texts("ignore")
            default: break
            }
            fields.finish()
        }
        if let fields = members.members("cache") {
            settings.cacheSize = fields.integer("num_events", 1...10_000_000) ?? 5000
            fields.finish()
        }
        members.unsupported("time_settings")
        return .dedupe(settings)
    }

    private func throttle(_ members: Members) -> TransformKind? {
        let threshold = members.required("threshold")?.integer(1...Int.max)
        let window = members.required("window_secs")?.duration()
        let exclude = members.value("exclude").flatMap(condition)
        let key = members.text("key_field")
        _ = members.value("internal_metrics")
        guard let threshold, let window else { return nil }
        if window == .zero { log.error(members.place("window_secs"), "it must not be zero") }
        var settings = RateTransform(threshold: threshold, window: window)
        settings.key = key
        settings.exclude = exclude
        return .rate(settings)
    }

    // MARK: Joined records

    private static let strategies = [
        "array", "concat", "concat_newline", "concat_raw", "discard", "flat_unique",
        "longest_array", "max", "min", "retain", "shortest_array", "sum",
    ]

    private func reduce(_ members: Members) -> TransformKind? {
        let milliseconds = Duration.milliseconds(1)
        var settings = ReduceTransform()
        settings.groupBy = members.texts("group_by")
        if let time = members.duration("expire_after_ms", unit: milliseconds) {
            settings.expireAfter = time
        }
        if let time = members.duration("flush_period_ms", unit: milliseconds) {
            settings.flushPeriod = time
        }
        settings.endEvery = members.duration("end_every_period_ms", unit: milliseconds)
        settings.eventMaximum = members.integer("max_events", 1...Int.max)
        settings.endsWhen = members.value("ends_when").flatMap(condition)
        settings.startsWhen = members.value("starts_when").flatMap(condition)
        if settings.endsWhen != nil, settings.startsWhen != nil {
            _ = members.oneOf(["starts_when", "ends_when"])
        }
        for (field, node) in members.members("merge_strategies")?.entries() ?? [] {
            guard let strategy = node.choice(Self.strategies) else { continue }
            settings.strategies[field] = strategy
        }
        members.unsupported("max_groups")
        return .reduce(settings)
    }
}
