internal import Basics
internal import PodEngine
internal import PodModel

/// Something that will happen in the simulated world.
enum Happening: Sendable {
    /// An event for the machine, lost if the engine that asked for it has ended.
    case answer(PodEvent, epoch: Int)
    /// The runtime has finished an operation; its answer is lost with the engine, its effect is not.
    case effect(Effect, epoch: Int)
    /// A process ends, unless something else ended it before.
    case ends(ContainerRun, code: Int, ticket: Int)
    /// What the schedule does from outside.
    case intervene(Int)
}

/// An operation of the runtime.
enum Effect: Sendable {
    case mount(StepFailure?)
    case createSandbox(Int, StepFailure?)
    case stopSandbox(Int, StepFailure?)
    case create(ContainerRun, ImageIdentity, StepFailure?)
    case start(ContainerRun, StepFailure?)
    case tearDown(StepFailure?)
    case resize([ContainerRun], [ResourceRequirements], StepFailure?)
}

/// A binary heap of happenings by time, first come first served at equal times.
struct Agenda: Sendable {
    struct Entry: Sendable {
        var at: Instant
        var order: Int
        var what: Happening
    }

    private var entries: [Entry] = []
    private var order = 0

    var first: Instant? { entries.first?.at }
    var all: [Entry] { entries }

    mutating func add(_ what: Happening, at: Instant) {
        order += 1
        entries.append(Entry(at: at, order: order, what: what))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isBefore(entries[child], entries[parent]) else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> Entry? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        if entries.isEmpty { return first }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && Self.isBefore(entries[child], entries[least]) {
                least = child
            }
            guard least != parent else { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }

    /// Takes out what `isGone` says.
    mutating func removeAll(where isGone: (Happening) -> Bool) {
        let rest = entries.filter { !isGone($0.what) }.sorted(by: Self.isBefore)
        entries = rest
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.at == right.at ? left.order < right.order : left.at < right.at
    }
}
