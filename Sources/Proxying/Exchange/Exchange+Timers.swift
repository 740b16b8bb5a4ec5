import Basics
import HTTP
import Reactor

extension Exchange: TimerTarget {
    func timerFired(_ tag: Int) {
        switch tag {
        case Tag.whole: timedOut()
        case Tag.attempt:
            tryTimer = .none
            timedOutTry()
        case Tag.filter: resumeFilters()
        default:
            retryTimer = .none
            isRetryPending = false
            attempt()
        }
    }

    func timedOut() {
        timer = .none
        guard !isFinished, let cluster else { return }
        flags.insert(.upstreamTimeout)
        count(cluster.statistics.timeouts)
        noteTimeout()
        if answerHasBegun {
            details = "response_timeout"
            abortAnswer()
        } else {
            noteOutcome(.gatewayFailure)
            reply(504, "upstream request timeout", "response_timeout")
        }
    }

    func timedOutTry() {
        guard !isFinished, !answerHasBegun, let cluster else { return }
        count(cluster.statistics.perTryTimeouts)
        noteTimeout()
        noteOutcome(.gatewayFailure)
        if wantsRetries, retry(.timeout) { return }
        flags.insert(.upstreamTimeout)
        reply(504, "upstream request timeout", "upstream_per_try_timeout")
    }
}
