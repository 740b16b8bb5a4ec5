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
                + configuration.sinks.map(\.id)
        )
    }

    /// Refuses names that come twice and inlets that lead nowhere.
    ///
    /// - Throws: `invalid`, naming both sides.
    func check() throws(Failure) {
        var seen = Set<String>()
        let all =
            configuration.sources.map { ($0.id, $0.place) }
            + configuration.transforms.map { ($0.id, $0.place) }
            + configuration.sinks.map { ($0.id, $0.place) }
        for (id, place) in all where !seen.insert(id).inserted {
            throw Failure(.invalid, Self.at(place, "the name \"\(id)\" is taken already"))
        }
        let outputs = Set(
            configuration.sources.map(\.id) + configuration.transforms.map(\.id)
        )
        let inlets =
            configuration.transforms.map { ($0.id, $0.place, $0.inlet) }
            + configuration.sinks.map { ($0.id, $0.place, $0.inlet) }
        for (id, place, inlet) in inlets {
            for name in inlet.from where !outputs.contains(door(name).id) {
                let nearest = NearestMatch.of(name, among: outputs)
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
