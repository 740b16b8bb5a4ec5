import Basics
import HTTP
import Reactor

/// What filters have found out about a request, and where they wait.
struct FilterState {
    /// The chain that the request is in, while it is held.
    var chain: FilterSteps?
    /// The step that comes next when it goes on.
    var next = 0
    /// Whether it waits for time to pass, for a password to be checked, or for a service to answer.
    var isHeld = false
    var timer = TimerWheel.ID.none
    /// What a service is asked at the moment.
    var check: AuthorizationCheck?
    /// What the last service that was asked has answered.
    var authorization: AuthorizationCheck?
    /// The places that it has where requests at a time are limited.
    var places: [ConcurrencyGate.Place] = []
    /// The index of the API key; -1 without one.
    var apiKey = -1
    /// Who the client is.
    var userName: [UInt8] = []
    /// What the answer tells a browser, and for which origin.
    var cors: CORSGate?
    var origin: [UInt8] = []
    /// What the answer tells about the limit of requests.
    var rate: RateDecision?
    /// The limit that refused it, whose fields the answer gets.
    var refusal: FilterSteps.RateStep?
}

/// Rules for requests of other origins, shared by the requests that wait for their answer.
final class CORSGate {
    let rules: CORSRules

    init(_ settings: CORSSettings) throws(Failure) {
        rules = try CORSRules(settings)
    }
}

extension Exchange {
    /// Lets a request that filters hold wait for a time.
    func hold(for time: Duration) {
        filtering.timer = proxy.worker.timers.set(
            self,
            at: proxy.worker.now + time,
            tag: Tag.filter
        )
    }

    /// Goes on with a request that filters held.
    func resumeFilters() {
        filtering.timer = .none
        guard filtering.isHeld, !isFinished, let chain = filtering.chain else { return }
        filtering.isHeld = false
        filtering.chain = nil
        if chain.run(self, from: filtering.next) { service?.proceed(self) }
    }

    /// Ends the wait of a request that is over.
    func endHold() {
        guard filtering.isHeld else { return }
        filtering.isHeld = false
        filtering.chain = nil
        if let check = filtering.check {
            filtering.check = nil
            check.end()
        }
        proxy.worker.timers.drop(&filtering.timer)
        proxy.passwords.forget(self)
    }

    /// Gives back what it has where requests at a time are limited.
    func leavePlaces() {
        for place in filtering.places { place.giveBack() }
        filtering.places = []
    }

    /// The body is longer than the limit.
    func refuseBody() {
        if answerHasBegun {
            details = "request_payload_too_large"
            abortAnswer()
        } else {
            releaseUpstream()
            reply(413, "Payload Too Large", "request_payload_too_large")
        }
    }
}
