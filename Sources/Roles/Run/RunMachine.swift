import Basics

/// Which roles run, which wait for their next start, and which are on their way out: what `companion run`
/// does, without doing it.
///
/// A role that ends unasked begins anew after a pause of its own: 1 s, twice as long each time up to 60 s, and
/// 1 s again after a minute in which it ran. When all end, they share one deadline: each waits until those behind it
/// in the file have ended, so that who is fed by others goes last; but no longer than half of the time that was left
/// when the one behind it was asked, so that one that takes long leaves time for all.
struct RunMachine: Sendable, Hashable {
    /// What is to be done.
    enum Action: Sendable, Hashable {
        /// Makes a role's work and begins it.
        case start(String)
        /// Gives a role that goes on its new configuration.
        case configure(String)
        /// Asks a role to end until then.
        case end(String, by: Instant)
        /// All have ended.
        case finish
    }

    /// Where a role is.
    enum Phase: Sendable, Hashable {
        case running(since: Instant)
        case waiting(until: Instant)
        case ending(by: Instant)
        case ended
    }

    /// A role.
    struct Member: Sendable, Hashable {
        var entry: RunFile.Entry
        var phase: Phase
        var pause = Duration.zero
        /// How often it was begun anew.
        var restarts = 0
        /// What takes its place when it has ended.
        var successor: RunFile.Entry?

        fileprivate var isRunning: Bool { if case .running = phase { true } else { false } }
    }

    /// The first pause.
    static let firstPause = Duration.seconds(1)
    /// The longest pause.
    static let longestPause = Duration.seconds(60)
    /// A run of this length makes the next pause the first one again.
    static let steadyRun = Duration.seconds(60)

    /// The roles, in the order of the file; those that it names no more at their old places.
    private(set) var members: [Member] = []
    /// Until when all shall have ended; nil while they shall run.
    private(set) var deadline: Instant?

    /// Until when, at the end, the others wait for the one that was asked.
    private(set) var patience: Instant?

    /// Takes the roles of a file: new ones begin, changed ones begin anew or are given their new configuration, others
    /// end within `grace`.
    mutating func load(
        _ entries: [RunFile.Entry],
        at now: Instant,
        grace: Duration
    ) -> [Action] {
        guard deadline == nil else { return [] }
        var actions: [Action] = []
        var next: [Member] = []
        var left = members
        for entry in entries {
            guard let place = left.firstIndex(where: { $0.entry.name == entry.name }) else {
                next.append(Member(entry: entry, phase: .running(since: now)))
                actions.append(.start(entry.name))
                continue
            }
            var member = left.remove(at: place)
            let isSame = member.entry.isSame(as: entry)
            switch member.phase {
            case .ending:
                member.successor = entry
            case .running where isSame: member.entry = entry
            case .running where member.entry.becomes(entry):
                member.entry = entry
                actions.append(.configure(entry.name))
            case .running:
                member.successor = entry
                member.phase = .ending(by: now + grace)
                actions.append(.end(entry.name, by: now + grace))
            case .waiting where isSame: member.entry = entry
            case .waiting, .ended:
                member = Member(
                    entry: entry,
                    phase: .running(since: now),
                    restarts: member.restarts
                )
                actions.append(.start(entry.name))
            }
            next.append(member)
        }
        for var member in left {
            switch member.phase {
            case .running:
                member.phase = .ending(by: now + grace)
                actions.append(.end(member.entry.name, by: now + grace))
            case .ending: break
            case .waiting, .ended: continue
            }
            member.successor = nil
            next.append(member)
        }
        members = next
        return actions
    }

    /// A role has ended, by itself or because it was asked to.
    mutating func ended(_ name: String, at now: Instant) -> [Action] {
        guard let place = members.firstIndex(where: { $0.entry.name == name }) else { return [] }
        switch members[place].phase {
        case .waiting, .ended: return []
        case .running(let start):
            if deadline != nil { break }
            let ran = now - start
            let pause =
                ran >= Self.steadyRun || members[place].pause == .zero
                ? Self.firstPause : min(members[place].pause * 2, Self.longestPause)
            members[place].pause = pause
            members[place].phase = .waiting(until: now + pause)
            return []
        case .ending:
            if deadline != nil { break }
            if let successor = members[place].successor {
                members[place].entry = successor
                members[place].successor = nil
                members[place].pause = .zero
                members[place].phase = .running(since: now)
                return [.start(name)]
            }
            members.remove(at: place)
            return []
        }
        members[place].phase = .ended
        return endNext(at: now)
    }

    /// A pause may be over, or at the end the patience with a role.
    mutating func wake(at now: Instant) -> [Action] {
        if let deadline { return hurry(at: now, deadline) }
        var actions: [Action] = []
        for place in members.indices {
            guard case .waiting(let end) = members[place].phase, end <= now else { continue }
            members[place].phase = .running(since: now)
            members[place].restarts += 1
            actions.append(.start(members[place].entry.name))
        }
        return actions
    }

    /// When `wake` is due.
    var nextWake: Instant? {
        if deadline != nil { return patience }
        return members.compactMap { member -> Instant? in
            if case .waiting(let end) = member.phase { end } else { nil }
        }
        .min()
    }

    /// Asks all that still run, if one took half of the time.
    private mutating func hurry(at now: Instant, _ deadline: Instant) -> [Action] {
        guard let patience, patience <= now else { return [] }
        self.patience = nil
        var actions: [Action] = []
        for place in members.indices where members[place].isRunning {
            members[place].phase = .ending(by: deadline)
            actions.append(.end(members[place].entry.name, by: deadline))
        }
        return actions
    }

    /// All shall end; a second call with an earlier deadline hurries them.
    mutating func end(by deadline: Instant, at now: Instant) -> [Action] {
        if let before = self.deadline {
            guard deadline < before else { return [] }
            self.deadline = deadline
            patience = nil
            // There is no time any more to go one after the other.
            var actions: [Action] = []
            for place in members.indices {
                switch members[place].phase {
                case .running, .ending:
                    members[place].phase = .ending(by: deadline)
                    actions.append(.end(members[place].entry.name, by: deadline))
                case .waiting, .ended: members[place].phase = .ended
                }
            }
            return actions.isEmpty ? [.finish] : actions
        }
        self.deadline = deadline
        var actions: [Action] = []
        for place in members.indices {
            switch members[place].phase {
            case .waiting: members[place].phase = .ended
            case .ending(let end) where end > deadline:
                members[place].phase = .ending(by: deadline)
                actions.append(.end(members[place].entry.name, by: deadline))
            case .ending, .running, .ended: break
            }
        }
        return actions + endNext(at: now)
    }

    /// Asks the last one that still runs to end, with all the time that is left; once half of that is over, those
    /// before it are not kept waiting any more.
    private mutating func endNext(at now: Instant) -> [Action] {
        guard let deadline else { return [] }
        let alive = members.indices.filter { members[$0].phase != .ended }
        guard let last = alive.last else {
            patience = nil
            return [.finish]
        }
        let half = now + max(.zero, deadline - now) / 2
        // One that was asked before, also by a change of the file, is waited for.
        if alive.contains(where: { if case .ending = members[$0].phase { true } else { false } }) {
            if patience == nil, alive.contains(where: { members[$0].isRunning }) { patience = half }
            return []
        }
        members[last].phase = .ending(by: deadline)
        patience = half
        return [.end(members[last].entry.name, by: deadline)]
    }
}

extension RunFile.Entry {
    /// Whether both make the same role; where they stand does not matter.
    fileprivate func isSame(as other: Self) -> Bool {
        var other = other
        other.place = place
        return self == other
    }

    /// Whether a role that runs as this one needs only another configuration to be the other.
    fileprivate func becomes(_ other: Self) -> Bool {
        guard rereadsConfiguration, configuration != nil, other.configuration != nil else {
            return false
        }
        var other = other
        other.configuration = configuration
        return isSame(as: other)
    }
}
