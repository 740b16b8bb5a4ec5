internal import Basics
internal import Reactor

/// Which part of a configuration takes in what comes out of which.
struct Wiring {
    private let configuration: LogConfiguration
    private let ids: Set<String>

    init(_ configuration: LogConfiguration) {
        self.configuration = configuration
        ids = Set(
            configuration.sources.map(\.id) + configuration.transforms.map(\.id)
        )
    }

    /// Refuses names that come twice and inlets that lead nowhere.
    ///
    /// Nothing takes in what a sink is given, so sinks may have names that others have: Fluent Bit's `http.0` is
    /// an input and an output.
    ///
    /// - Throws: `invalid`, naming both sides.
    func check() throws(Failure) {
        var seen = Set<String>()
        let outputs =
            configuration.sources.map { ($0.id, $0.place) }
            + configuration.transforms.map { ($0.id, $0.place) }
        for (id, place) in outputs where !seen.insert(id).inserted {
            throw Failure(.invalid, Self.at(place, "the name \"\(id)\" is taken already"))
        }
        var sinks = Set<String>()
        for sink in configuration.sinks where !sinks.insert(sink.id).inserted {
            let what = "the name \"\(sink.id)\" is taken already"
            throw Failure(.invalid, Self.at(sink.place, what))
        }
        let inlets =
            configuration.transforms.map { ($0.id, $0.place, $0.inlet) }
            + configuration.sinks.map { ($0.id, $0.place, $0.inlet) }
        for (id, place, inlet) in inlets {
            for name in inlet.from where !ids.contains(door(name).id) {
                let nearest = NearestMatch.of(name, among: ids.sorted())
                throw Failure(
                    .invalid,
                    Self.at(place, "\(id) takes in \"\(name)\", but nothing has that name"),
                    remedy: nearest.map { "did you mean \"\($0)\"?" } ?? ""
                )
            }
        }
    }

    /// The doors that an inlet names.
    @MainLoop func doors(_ inlet: Inlet) -> [Graph.Door] {
        inlet.from.map { name in
            let (id, door) = door(name)
            return Graph.Door(id, door: door)
        }
    }

    /// The transforms, each behind those that it takes in; what goes back to the beginning does not count.
    ///
    /// - Throws: `invalid` if they go round in circles.
    func orderedTransforms() throws(Failure) -> [TransformSettings] {
        var left = configuration.transforms
        var ordered: [TransformSettings] = []
        while !left.isEmpty {
            let waiting = Set(left.map(\.id))
            guard
                let place = left.firstIndex(where: { transform in
                    transform.inlet.from.allSatisfy { name in
                        let (id, door) = door(name)
                        return door == "emitted" || !waiting.contains(id)
                    }
                })
            else {
                let names = left.map(\.id).joined(separator: ", ")
                throw Failure(.invalid, "these transforms take in each other: \(names)")
            }
            ordered.append(left.remove(at: place))
        }
        return ordered
    }

    /// A name with a door behind a dot; names may have dots themselves.
    private func door(_ name: String) -> (id: String, door: String) {
        guard !ids.contains(name), let dot = name.lastIndex(of: ".") else { return (name, "") }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }

    private static func at(_ place: String, _ text: String) -> String {
        place.isEmpty ? text : "\(place): \(text)"
    }
}
