internal import Records

/// What a path of the event, the metadata or a variable starts from.
enum Place: Hashable {
    case event
    case metadata
    /// A variable, by its number.
    case variable(Int)
}

/// Something about what stands at a path.
class RootedExpression: Expression {
    let place: Place
    let path: ArraySlice<PathSegment>

    init(_ place: Place, _ path: [PathSegment], _ offset: Int) {
        self.place = place
        self.path = path[...]
        super.init(offset)
    }
}

/// What stands at a path; null if nothing does.
final class PlaceExpression: RootedExpression {
    override func run(_ machine: inout Machine, _: Surroundings) throws(Interrupt) -> Value {
        machine.at(place, path) ?? .null
    }

    override func perform(_: inout Machine, _: Surroundings) throws(Interrupt) {}
}

/// What stands in a field of the event: the most common path.
final class EventFieldExpression: Expression {
    private let name: String
    /// Where it stood in the event before.
    private var guess = 0

    init(_ name: String, _ offset: Int) {
        self.name = name
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _: Surroundings) throws(Interrupt) -> Value {
        guard case .object(let fields) = machine.event,
            let place = fields.index(of: name, guess: &guess)
        else { return .null }
        return fields.entries[place].value
    }

    override func perform(_: inout Machine, _: Surroundings) throws(Interrupt) {}
}

/// What stands at a path in the value of an expression.
final class PathExpression: Expression {
    private let inner: Expression
    private let path: ArraySlice<PathSegment>

    init(_ inner: Expression, _ path: [PathSegment], _ offset: Int) {
        self.inner = inner
        self.path = path[...]
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        try inner.run(&machine, world).at(path) ?? .null
    }
}

/// What an assignment changes.
struct Target {
    var place: Place
    var path: ArraySlice<PathSegment>
    var offset: Int
}

extension Machine {
    /// What stands at a path.
    func at(_ place: Place, _ path: ArraySlice<PathSegment>) -> Value? {
        switch place {
        case .event: event.at(path)
        case .metadata: metadata.at(path)
        case .variable(let number): variables[number].at(path)
        }
    }

    /// Puts a value at a path.
    mutating func set(_ target: Target, _ value: consuming Value) throws(Interrupt) {
        if !target.path.isEmpty {
            try weigh(value, at: target.offset)
        }
        switch target.place {
        case .event: event.set(target.path, value)
        case .metadata: metadata.set(target.path, value)
        case .variable(let number): variables[number].set(target.path, value)
        }
    }

    /// Takes away what stands at a path.
    mutating func remove(
        _ place: Place,
        _ path: ArraySlice<PathSegment>,
        compact: Bool
    ) -> Value? {
        switch place {
        case .event: event.remove(path, compact: compact)
        case .metadata: metadata.remove(path, compact: compact)
        case .variable(let number): variables[number].remove(path, compact: compact)
        }
    }
}

/// `del(path)`.
final class DeleteExpression: RootedExpression {
    private let compact: Expression?

    init(_ place: Place, _ path: [PathSegment], compact: Expression?, _ offset: Int) {
        self.compact = compact
        super.init(place, path, offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        let isCompact = try compact?.run(&machine, world) == .boolean(true)
        return machine.remove(place, path, compact: isCompact) ?? .null
    }
}

/// `exists(path)`.
final class ExistsExpression: RootedExpression {
    override func run(_ machine: inout Machine, _: Surroundings) throws(Interrupt) -> Value {
        .boolean(machine.at(place, path) != nil)
    }
}

/// `unnest(path)`: an event for each item of a list in it.
final class UnnestExpression: RootedExpression {
    override func run(_ machine: inout Machine, _: Surroundings) throws(Interrupt) -> Value {
        guard let root = machine.at(place, []), case .array(let items) = root.at(path) else {
            let kind = machine.at(place, path)?.kind ?? .null
            throw .failed("expected array, got \(kind.text)", at: offset)
        }
        var bare = root
        bare.set(path, .null)
        var events: [Value] = []
        events.reserveCapacity(items.count)
        for item in items {
            try machine.weigh(root, at: offset)
            var event = bare
            event.set(path, item)
            events.append(event)
        }
        return .array(events)
    }
}
