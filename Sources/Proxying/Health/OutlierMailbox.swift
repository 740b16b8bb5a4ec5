internal import Reactor
internal import Synchronization

/// What workers say of hosts that fail, on its way to the control thread.
///
/// Bounded: while the control thread is busy, what is too much is counted and dropped. The counts in
/// `HostHealth` go on, so a host that keeps failing is heard of again after its next success.
final class OutlierMailbox: Sendable {
    /// One word of a worker.
    struct Word: Sendable {
        var health: HostHealth
        var reached: HostHealth.Reached
    }

    private struct State {
        var words: [Word] = []
        var isAnnounced = false
        var dropped = 0
    }

    /// The most words that wait.
    static let capacity = 1024
    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// `wake` is called from any thread when the first word waits.
    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    /// How many words were dropped.
    var dropped: Int { state.withLock { $0.dropped } }

    /// Takes a word, from any thread.
    func send(_ health: HostHealth, _ reached: HostHealth.Reached) {
        let mustWake = state.withLock { state in
            if state.words.count >= Self.capacity {
                state.dropped += 1
                return false
            }
            state.words.append(Word(health: health, reached: reached))
            defer { state.isAnnounced = true }
            return !state.isAnnounced
        }
        if mustWake { wake() }
    }

    /// All words that wait.
    func take() -> [Word] {
        state.withLock { state in
            defer {
                state.words = []
                state.isAnnounced = false
            }
            return state.words
        }
    }
}
