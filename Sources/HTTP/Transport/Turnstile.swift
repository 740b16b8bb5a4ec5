import Reactor

/// Lets one task pass at a time, in the order of arrival.
///
/// Whoever is inside must be bounded by a deadline, because a wait here is not.
@MainLoop final class Turnstile {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Waits until nobody is inside, then enters.
    func enter() async {
        if !isTaken {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Leaves; the next one enters.
    func leave() {
        if waiting.isEmpty {
            isTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
