import Basics
import Formats

extension VectorReader {
    /// Resolves inputs: wildcards, doors; refuses what is missing or goes in circles, warns of what is unused.
    mutating func connect() {
        leaveOutBroken()
        let ids = configuration.sources.map(\.id) + configuration.transforms.map(\.id)
        let outputs = ids.flatMap(names(of:))
        var used: Set<String> = []
        for index in configuration.transforms.indices {
            let names = resolved(configuration.transforms[index].id, "transform", outputs)
            configuration.transforms[index].inlet = Inlet(names)
            used.formUnion(names)
        }
        for index in configuration.sinks.indices {
            let names = resolved(configuration.sinks[index].id, "sink", outputs)
            configuration.sinks[index].inlet = Inlet(names)
            used.formUnion(names)
        }
        refuseCircles()
        guard !log.hasErrors else { return }
        if configuration.sources.isEmpty { refuseNothing("sources") }
        if configuration.sinks.isEmpty { refuseNothing("sinks") }
        for name in outputs where !used.contains(name) {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            let isQuiet = parts.count > 1 && (parts[1] == "_unmatched" || parts[1] == "dropped")
            guard let place = places[parts[0]], !isQuiet else { continue }
            log.warn(place, "nothing takes in \"\(name)\"", "name it in the inputs of a sink")
        }
    }

    /// The outputs of a component.
    private func names(of id: String) -> [String] {
        (doors[id] ?? [""]).map { $0.isEmpty ? id : "\(id).\($0)" }
    }

    /// Whether an input names only what is left out.
    private func isBroken(_ input: String) -> Bool {
        guard NamePattern.isPattern(input) else {
            return broken.contains(String(input.prefix { $0 != "." }))
        }
        let ids = configuration.sources.map(\.id) + configuration.transforms.map(\.id)
        return broken.contains { NamePattern.matches($0, input) }
            && !ids.contains { id in
                !broken.contains(id) && names(of: id).contains { NamePattern.matches($0, input) }
            }
    }

    /// Leaves out what takes in only from components that are left out: metrics, and what is not supported if
    /// the reading is lenient.
    private mutating func leaveOutBroken() {
        while true {
            let ids = configuration.transforms.map(\.id) + configuration.sinks.map(\.id)
            let more = ids.filter { id in
                guard !broken.contains(id), let inputs = inputs[id] else { return false }
                return !inputs.isEmpty && inputs.allSatisfy { isBroken($0.name) }
            }
            if more.isEmpty { break }
            for id in more {
                broken.insert(id)
                if let place = places[id], !log.hasErrors {
                    log.warn(place, "it is left out, because nothing comes to it")
                }
            }
        }
        configuration.transforms.removeAll { broken.contains($0.id) }
        configuration.sinks.removeAll { broken.contains($0.id) }
    }

    private func refuseNothing(_ what: String) {
        let file = places.values.map(\.file).min() ?? surroundings.baseDirectory
        log.error(Place(file, nil), "there are no \(what)")
    }

    /// The outputs that a component's inputs stand for.
    private func resolved(_ id: String, _ kind: String, _ outputs: [String]) -> [String] {
        guard let written = inputs[id] else { return [] }
        var names: [String] = []
        if written.isEmpty, let place = places[id] {
            log.error(place, "the \(kind) \"\(id)\" has no inputs", "name a source or transform")
        }
        for (name, place) in written {
            let isPattern = NamePattern.isPattern(name)
            let found = outputs.filter {
                $0 != id && (isPattern ? NamePattern.matches($0, name) : $0 == name)
            }
            if found.isEmpty { complain(name, id, place, outputs, isPattern) }
            for output in found {
                guard names.contains(output) else {
                    names.append(output)
                    continue
                }
                if !isPattern { log.error(place, "the input \"\(name)\" is named twice") }
            }
        }
        return names
    }

    private func complain(
        _ name: String,
        _ id: String,
        _ place: Place,
        _ outputs: [String],
        _ isPattern: Bool
    ) {
        let component = String(name.prefix { $0 != "." })
        // What is wrong with that component was said already.
        if isBroken(name) { return }
        if isPattern {
            log.error(place, "no source or transform fits the pattern \"\(name)\"")
            return
        }
        if name == id {
            log.error(place, "\"\(id)\" cannot take in itself")
            return
        }
        if let own = doors[component], places[component] != nil,
            !own.contains("") || name != component
        {
            let known = own.filter { !$0.isEmpty }.map { "\(component).\($0)" }
            let remedy =
                known.isEmpty
                ? "it has one output, \"\(component)\""
                : "write one of \(known.joined(separator: ", "))"
            log.error(place, "there is no output \"\(name)\"", remedy)
            return
        }
        if places[component] != nil, configuration.sinks.contains(where: { $0.id == component }) {
            log.error(place, "\"\(name)\" is a sink, from which nothing comes")
            return
        }
        let nearest = NearestMatch.of(name, among: outputs)
        log.error(
            place,
            "there is no source or transform \"\(name)\"",
            nearest.map { "did you mean \"\($0)\"?" } ?? ""
        )
    }

    /// Refuses transforms that take in what comes of their own records.
    private func refuseCircles() {
        var takes: [String: [String]] = [:]
        for transform in configuration.transforms {
            takes[transform.id] = transform.inlet.from.map { String($0.prefix { $0 != "." }) }
        }
        var isDone: Set<String> = []
        for transform in configuration.transforms where !isDone.contains(transform.id) {
            // A walk with its own stack: chains may be long.
            var way: [(id: String, next: Int)] = [(transform.id, 0)]
            var isOnWay: Set<String> = [transform.id]
            while let last = way.last {
                let inputs = takes[last.id] ?? []
                guard last.next < inputs.count else {
                    isDone.insert(last.id)
                    isOnWay.remove(last.id)
                    way.removeLast()
                    continue
                }
                way[way.count - 1].next += 1
                let input = inputs[last.next]
                if isOnWay.contains(input) {
                    let start = way.firstIndex { $0.id == input } ?? 0
                    let circle = way[start...].map(\.id).reversed() + [way[way.count - 1].id]
                    if let place = places[input] {
                        log.error(
                            place,
                            "transforms take in each other: \(circle.joined(separator: " -> "))"
                        )
                    }
                    return
                }
                guard takes[input] != nil, !isDone.contains(input) else { continue }
                isOnWay.insert(input)
                way.append((input, 0))
            }
        }
    }
}
