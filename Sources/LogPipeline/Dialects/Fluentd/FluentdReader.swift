import Basics
import Formats

/// Reads Fluentd's configurations into the one form.
///
/// Elements are read in order, as records meet them: a filter sees what no earlier `<match>` took.
final class FluentdReader {
    let log: FindingLog
    let surroundings: LogSurroundings
    var configuration = LogConfiguration()
    private let ruby: FluentdRuby
    private var ids: Set<String> = []
    private var instances: [String: Int] = [:]
    /// Names of things from which records come into a label.
    private var entrances: [String: [String]] = [:]
    private var labels: [String: FluentdElement] = [:]
    /// The label that is read; empty for the top.
    private(set) var scope = ""
    /// What follows takes this in.
    private(set) var ends: [String] = []
    /// What no later element of this scope gets.
    private(set) var taken: [TagPattern] = []
    /// What this scope began with, to which records under new tags come back.
    private var entrance: [String] = []
    private var included = 0
    /// Whether elements do not end where they should.
    private var isBroken = false
    /// Whether some output leaves its buffer's time to Fluentd.
    var leavesInterval = false

    init(log: FindingLog, surroundings: LogSurroundings) {
        self.log = log
        self.surroundings = surroundings
        ruby = FluentdRuby(surroundings, log: log)
    }

    func read(_ text: LogText) -> LogConfiguration {
        configuration.service.tool = "fluentd"
        let root = expanded(parsed(text), directory: surroundings.baseDirectory, depth: 0)
        // What a broken file says further down is not what its writer meant.
        if isBroken { return configuration }
        for parameter in root.parameters {
            log.error(
                parameter.place,
                "\"\(parameter.key)\" stands in no element",
                "put it into <source>, <filter> or <match>"
            )
        }
        for element in root.elements where element.name == "label" { declare(element) }
        for element in flattened(root.elements) {
            switch element.name {
            case "source": readSource(element)
            case "system": readSystem(element)
            case "match", "filter", "label": break
            default:
                log.unknown(
                    element.place,
                    "the element",
                    element.name,
                    among: ["source", "match", "filter", "label", "system", "worker"]
                )
            }
        }
        readScope("", root)
        readLabels()
        finish(file: text.name)
        return configuration
    }

    /// Elements of workers are as if they stood outside.
    private func flattened(_ elements: [FluentdElement]) -> [FluentdElement] {
        elements.flatMap { $0.name == "worker" ? $0.elements : [$0] }
    }

    // MARK: Files

    private func parsed(_ text: LogText) -> FluentdElement {
        var reader = FluentdText(text, log: log, ruby: ruby)
        let root = reader.read()
        isBroken = isBroken || reader.isBroken
        return root
    }

    /// An element with included files in their place.
    private func expanded(
        _ element: FluentdElement,
        directory: String,
        depth: Int
    ) -> FluentdElement {
        var made = element
        made.elements = []
        for inner in element.elements {
            guard inner.name == "@include" else {
                made.elements.append(expanded(inner, directory: directory, depth: depth))
                continue
            }
            for (text, folder) in include(inner, directory: directory, depth: depth) {
                let file = expanded(parsed(text), directory: folder, depth: depth + 1)
                made.parameters += file.parameters
                made.elements += file.elements
            }
        }
        return made
    }

    private func include(
        _ element: FluentdElement,
        directory: String,
        depth: Int
    ) -> [(LogText, String)] {
        let place = element.place
        if element.argument.contains("://") {
            log.unsupported(place, "files cannot be included from the network")
            return []
        }
        guard !element.argument.isEmpty else {
            log.error(place, "@include needs a path")
            return []
        }
        let path = surroundings.resolved(element.argument, below: directory)
        let isPattern = NamePattern.isPattern(path)
        let paths = isPattern ? surroundings.files(path) : [path]
        if paths.isEmpty { log.warn(place, "no file fits \(path)") }
        var texts: [(LogText, String)] = []
        for path in paths {
            included += 1
            guard depth < 16, included <= 256 else {
                log.error(place, "files include each other too deeply, or too many")
                return texts
            }
            guard let bytes = surroundings.readFile(path) else {
                log.error(place, "\(path) cannot be read")
                continue
            }
            guard bytes.count <= LogConfigurations.bytesMaximum else {
                log.error(place, "\(path) is too large")
                continue
            }
            texts.append((LogText(name: path, bytes: bytes), LogSurroundings.directory(of: path)))
        }
        return texts
    }

    // MARK: Names

    func id(_ element: FluentdElement, _ kind: String, _ type: String) -> String {
        let number = instances["\(kind)/\(type)", default: 0]
        instances["\(kind)/\(type)"] = number + 1
        let standard = "\(type).\(number)"
        let prefix = kind == "match" ? "match/" : ""
        if let own = element["@id"]?.value ?? element["id"]?.value, !own.isEmpty,
            ids.insert(prefix + own).inserted
        {
            return own
        }
        var id = standard
        var suffix = 1
        while !ids.insert(prefix + id).inserted {
            suffix += 1
            id = "\(standard)_\(suffix)"
        }
        return id
    }

    /// The plugin of an element; nil, and a finding, if it is none that is known.
    func plugin(_ element: FluentdElement, _ kind: String, _ known: Set<String>) -> String? {
        guard let type = element.type else {
            log.error(element.place, "<\(element.name)> has no plugin", "write @type and a name")
            return nil
        }
        let name = type.value
        if known.contains(name) { return name }
        if FluentdNames.pages.contains(name) {
            log.warn(
                type.place,
                "\"\(name)\" is not needed: metrics and states are on the admin pages"
            )
            return nil
        }
        if let remedy = FluentdNames.others[name] {
            log.unsupported(type.place, "the \(kind) \"\(name)\" is not supported", remedy)
        } else {
            log.unknown(
                type.place,
                "the \(kind)",
                name,
                among: known.sorted() + FluentdNames.others.keys.sorted()
            )
        }
        return nil
    }

    // MARK: The graph

    func add(_ source: SourceSettings, label: String?) {
        configuration.sources.append(source)
        entrances[label ?? "", default: []].append(source.id)
    }

    /// Puts a filter after those that are there.
    func chain(_ kind: TransformKind, id: String, patterns: [TagPattern]?, _ place: Place) {
        // A scope that nothing comes into has no steps.
        guard !ends.isEmpty else { return }
        var match = TagMatch(patterns)
        match.excluded = taken
        var transform = TransformSettings(id: id, inlet: Inlet(ends, match: match), kind: kind)
        transform.place = place.short
        configuration.transforms.append(transform)
        ends = [id]
    }

    /// What comes to a `<match>`: what fits and no earlier one took.
    func inlet(_ patterns: [String]) -> Inlet {
        var match = TagMatch(
            FluentdPatterns.fitsAll(patterns) ? nil : FluentdPatterns.match(patterns)
        )
        match.excluded = taken
        return Inlet(ends, match: match)
    }

    /// Sends what comes to a `<match>` into a label.
    func send(_ patterns: [String], to label: String, id: String, _ place: Place) {
        guard labels[label] != nil || label == "@ERROR" else {
            log.error(
                place,
                "there is no <label \(label)>",
                NearestMatch.of(label, among: labels.keys.sorted()).map { "did you mean \($0)?" }
                    ?? ""
            )
            return
        }
        if FluentdPatterns.fitsAll(patterns), taken.isEmpty {
            entrances[label, default: []] += ends
            return
        }
        // A step that leaves out what does not belong into the label; all else goes through it unchanged.
        var match = TagMatch(taken)
        if !FluentdPatterns.fitsAll(patterns) {
            match.patterns?.append(.expression(FluentdPatterns.complement(patterns)))
        }
        var gate = TransformSettings(
            id: id,
            inlet: Inlet(ends, match: match),
            kind: .filter(.always(false))
        )
        gate.place = place.short
        configuration.transforms.append(gate)
        entrances[label, default: []].append(id)
    }

    /// Sends records under new tags to the beginning of this scope, or into a label.
    func reenter(_ door: String, label: String?) {
        if let label, label != scope {
            entrances[label, default: []].append(door)
        } else {
            doors.append(door)
        }
    }
    private var doors: [String] = []

    private func readScope(_ name: String, _ element: FluentdElement) {
        scope = name
        entrance = entrances[name] ?? []
        ends = entrance
        taken = []
        doors = []
        let (firstTransform, firstSink) = (
            configuration.transforms.count, configuration.sinks.count
        )
        for inner in flattened(element.elements) {
            switch inner.name {
            case "filter": readFilter(inner)
            case "match": readMatch(inner)
            default: break
            }
        }
        guard !doors.isEmpty else { return }
        for index in configuration.transforms.indices.dropFirst(firstTransform)
        where configuration.transforms[index].inlet.from == entrance {
            configuration.transforms[index].inlet.from += doors
        }
        for index in configuration.sinks.indices.dropFirst(firstSink)
        where configuration.sinks[index].inlet.from == entrance {
            configuration.sinks[index].inlet.from += doors
        }
    }

    func take(_ patterns: [String]) {
        taken += FluentdPatterns.match(patterns)
    }

    // MARK: Labels

    private func declare(_ element: FluentdElement) {
        let name = element.argument
        guard name.hasPrefix("@") else {
            log.error(element.place, "a label's name begins with @", "write <label @NAME>")
            return
        }
        guard labels[name] == nil else {
            log.error(element.place, "<label \(name)> is there twice", "give one another name")
            return
        }
        labels[name] = element
        for inner in element.elements where !["match", "filter"].contains(inner.name) {
            log.unknown(
                inner.place,
                "the element",
                inner.name,
                among: ["match", "filter"]
            )
        }
    }

    /// Labels that an element sends records to.
    private func targets(of element: FluentdElement) -> Set<String> {
        var names: Set<String> = []
        for inner in element.elements {
            if let label = inner["@label"] { names.insert(label.value) }
            if inner.name != "label" { names.formUnion(targets(of: inner)) }
        }
        return names
    }

    private func readLabels() {
        var rest = Set(labels.keys).subtracting(["@ERROR", "@FLUENT_LOG"])
        if let element = labels["@ERROR"] { readErrors(element) }
        if let element = labels["@FLUENT_LOG"], !isSilent(element) {
            log.warn(
                element.place,
                "<label @FLUENT_LOG> has no effect: the program's own log goes to standard error"
            )
        }
        while !rest.isEmpty {
            // Whatever sends records into a label is read before it.
            let ready = rest.sorted().first { name in
                !rest.contains { $0 != name && targets(of: labels[$0] ?? .none).contains(name) }
            }
            guard let name = ready ?? rest.min(), let element = labels[name] else { return }
            rest.remove(name)
            if ready == nil {
                log.unsupported(element.place, "labels send records to each other in a circle")
            }
            if entrances[name] == nil {
                log.warn(element.place, "no record comes into <label \(name)>")
                let before = configuration
                readScope(name, element)
                configuration = before
                continue
            }
            readScope(name, element)
        }
    }

    private func isSilent(_ element: FluentdElement) -> Bool {
        element.elements.allSatisfy { ["null", "stdout"].contains($0.type?.value ?? "") }
    }

    /// `<label @ERROR>`: records that are refused for good are kept in a file anyhow.
    private func readErrors(_ element: FluentdElement) {
        if let file = element.elements("match").first(where: { $0.type?.value == "file" }),
            let path = file["path"]?.value
        {
            configuration.service.deadLetters = path + ".jsonl"
            return
        }
        if !isSilent(element) {
            log.warn(
                element.place,
                "<label @ERROR> has no effect: refused records are kept in dead-letters.jsonl"
            )
        }
    }

    // MARK: The program

    private func readSystem(_ element: FluentdElement) {
        let keys = FluentdKeys(element, log: log)
        if let level = keys.element["log_level"] {
            switch level.value {
            case "trace", "debug": configuration.service.level = "debug"
            case "info": configuration.service.level = "info"
            case "warn": configuration.service.level = "warning"
            case "error", "fatal": configuration.service.level = "error"
            default: log.error(level.valuePlace, "\"\(level.value)\" is no level", "write info")
            }
        }
        configuration.service.directory = keys.text("root_dir")
        keys.accepted(
            "workers",
            "process_name",
            "suppress_repeated_stacktrace",
            "emit_error_log_interval",
            "suppress_config_dump",
            "without_source",
            "rpc_endpoint",
            "enable_get_dump",
            "file_permission",
            "dir_permission",
            "strict_config_value",
            "enable_msgpack_time_support",
            "disable_shared_socket",
            "restart_worker_interval",
            "ignore_repeated_log_interval",
            "ignore_same_log_interval",
            "enable_jit",
            "enable_size_metrics",
            "enable_input_metrics",
            "config_include_dir"
        )
        keys.accepted(
            elements: "log",
            "counter_server",
            "counter_client",
            "metrics",
            "source_only_buffer"
        )
        keys.finish()
    }

    private func finish(file: String) {
        if leavesInterval {
            configuration.notes.append(
                "no flush_interval: records are delivered within a second, where Fluentd waits a "
                    + "minute"
            )
        }
        if log.hasErrors { return }
        if configuration.sources.isEmpty {
            log.error(Place(file, nil), "there is no source of logs")
        } else if configuration.sinks.isEmpty {
            log.error(Place(file, nil), "there is no <match>, so records would go nowhere")
        }
    }
}

extension FluentdElement {
    static let none = FluentdElement(name: "", argument: "", place: Place("", nil))
}
