import Basics

/// What is done when about changed files: looked at, prepared, acted upon, tried again.
///
/// A value without clock, files and randomness: events go in, what is to be done comes out.
struct ReloadMachine: Sendable {
    /// How it behaves.
    struct Rules: Sendable, Hashable {
        /// Whether actions are taken at the start, before anything changed.
        var actsAtStart = false
        /// Whether files are prepared at the start.
        var preparesAtStart = false
        /// How often an action is tried at most; 0 without an end.
        var tries = 10
        /// The pauses between tries.
        var backoff = Backoff.Policy(
            initial: .seconds(1),
            cap: .seconds(30),
            resetAfter: .seconds(3600),
            jitterPercent: 20
        )
        /// Whether it ends after the first time.
        var isOnce = false
    }

    /// What was the result of a preparation.
    enum Preparation: Sendable, Hashable {
        /// All is in place and valid.
        case done
        /// The content is not valid: the same content is not tried again.
        case refused
        /// Something else is in the way, such as a full disk: it is tried again.
        case failed
    }

    /// What happens.
    enum Event: Sendable, Hashable {
        /// It begins.
        case started
        /// Files may have changed.
        case changed
        /// Somebody wants the actions, changed or not.
        case asked
        /// The instant of `wake` has come.
        case woken
        /// What the files hold: a digest; `nil` if they cannot be read now.
        case examined(String?)
        /// The files were prepared.
        case prepared(Preparation)
        /// Actions were tried; these have failed.
        case acted(failed: [Int])
        /// It is to end.
        case end
    }

    /// What is to be done.
    enum Action: Sendable, Hashable {
        /// Read the files; `examined` answers.
        case examine
        /// Render and validate; `prepared` answers.
        case prepare
        /// Take these actions; `acted` answers.
        case act([Int])
        /// Send `woken` at an instant.
        case wake(Instant)
        /// There are new contents, and all was done for them.
        case applied
        /// Nothing has really changed.
        case unchanged
        /// The contents were refused; the last good ones stay.
        case refused
        /// No more tries; these actions have failed.
        case gaveUp([Int])
        /// What was begun is dropped for newer contents.
        case superseded
        /// It has ended, with this exit code.
        case finished(Int32)
    }

    private enum Stage: Sendable, Hashable {
        case idle
        case examining
        case preparing
        case acting
        /// Until the next try; of the preparation if no action is left.
        case waiting
        case ended
    }

    private let rules: Rules
    private let count: Int
    private var stage = Stage.idle
    private var backoff: Backoff
    private var tries = 0
    /// The actions of the round that are still to be done.
    private var pending: [Int] = []
    /// The contents of the round.
    private var current: String?
    private var isFirst = true
    private var isDirty = false
    private var isForced = false
    private var isEnding = false
    /// The contents that everything was done for.
    private(set) var applied: String?
    /// The contents that were found to be invalid.
    private(set) var refused: String?

    /// Whether something waits to be done.
    var isBusy: Bool { stage != .idle && stage != .ended }
    /// Whether tries have failed that are not given up.
    var isRetrying: Bool { stage == .waiting }

    /// Begins with nothing seen.
    ///
    /// - Parameters:
    ///   - rules: How it behaves.
    ///   - actions: How many actions there are.
    init(_ rules: Rules, actions: Int) {
        self.rules = rules
        count = actions
        backoff = Backoff(rules.backoff)
    }

    /// Takes an event.
    mutating func handle(
        _ event: Event,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch event {
        case .started: return stage == .idle ? examine() : []
        case .changed: return seen()
        case .asked:
            isForced = true
            return seen()
        case .woken:
            guard stage == .waiting else { return [] }
            // Files that could not be prepared may be others by now.
            return pending.isEmpty ? examine() : act()
        case .examined(let digest): return stage == .examining ? examined(digest) : []
        case .prepared(let result):
            guard stage == .preparing else { return [] }
            return prepared(result, now, &generator)
        case .acted(let failed):
            guard stage == .acting else { return [] }
            return acted(failed, now, &generator)
        case .end: return end()
        }
    }

    private mutating func examine() -> [Action] {
        stage = .examining
        isDirty = false
        return [.examine]
    }

    private mutating func seen() -> [Action] {
        switch stage {
        case .idle: return examine()
        case .waiting:
            reset()
            return [.superseded] + examine()
        case .examining, .preparing, .acting:
            isDirty = true
            return []
        case .ended: return []
        }
    }

    private mutating func reset() {
        tries = 0
        pending = []
        backoff.reset()
    }

    private mutating func examined(_ digest: String?) -> [Action] {
        if isEnding { return finish(0) }
        guard let digest else {
            // A later look finds them, or they stay away.
            if rules.isOnce { return finish(1) }
            // Whoever started without them is told when they come.
            isFirst = false
            return rest([])
        }
        let wasFirst = isFirst
        isFirst = false
        let isForced = isForced || wasFirst && (rules.actsAtStart || rules.isOnce)
        if wasFirst, !isForced {
            applied = digest
            guard rules.preparesAtStart else { return rest([]) }
            current = digest
            stage = .preparing
            return [.prepare]
        }
        guard isForced || digest != applied && digest != refused else { return rest([.unchanged]) }
        current = digest
        stage = .preparing
        return [.prepare]
    }

    private mutating func prepared(
        _ result: Preparation,
        _ now: Instant,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch result {
        case .done:
            refused = nil
            // The first preparation without actions is all there is to do.
            if current == applied, !isForced, !(rules.actsAtStart || rules.isOnce) {
                reset()
                return isEnding ? finish(0) : rest([.applied])
            }
            tries = 0
            backoff.reset()
            pending = Array(0..<count)
            return isEnding ? finish(0) : act()
        case .refused:
            refused = current
            isForced = false
            reset()
            if rules.isOnce || isEnding { return [.refused] + finish(rules.isOnce ? 1 : 0) }
            return rest([.refused])
        case .failed:
            if applied == current { applied = nil }
            pending = []
            return failed(now, &generator)
        }
    }

    private mutating func act() -> [Action] {
        guard !pending.isEmpty else { return done() }
        stage = .acting
        return [.act(pending)]
    }

    private mutating func acted(
        _ failed: [Int],
        _ now: Instant,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        pending = failed
        return failed.isEmpty ? done() : self.failed(now, &generator)
    }

    private mutating func done() -> [Action] {
        applied = current
        isForced = false
        reset()
        if rules.isOnce || isEnding { return [.applied] + finish(0) }
        return rest([.applied])
    }

    private mutating func failed(
        _ now: Instant,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        tries += 1
        if isEnding { return [.gaveUp(pending)] + finish(rules.isOnce ? 1 : 0) }
        if isDirty {
            reset()
            return [.superseded] + examine()
        }
        guard rules.tries == 0 || tries < rules.tries else {
            let left = pending
            isForced = false
            reset()
            if rules.isOnce { return [.gaveUp(left)] + finish(1) }
            // The same contents are not tried again until something changes.
            applied = current
            return rest([.gaveUp(left)])
        }
        stage = .waiting
        return [.wake(now + backoff.next(at: now, using: &generator))]
    }

    private mutating func rest(_ actions: [Action]) -> [Action] {
        stage = .idle
        return isDirty ? actions + examine() : actions
    }

    private mutating func end() -> [Action] {
        isEnding = true
        switch stage {
        case .idle, .examining: return finish(0)
        case .waiting: return [.gaveUp(pending)] + finish(rules.isOnce ? 1 : 0)
        case .preparing, .acting, .ended: return []
        }
    }

    private mutating func finish(_ code: Int32) -> [Action] {
        stage = .ended
        return [.finished(code)]
    }
}
