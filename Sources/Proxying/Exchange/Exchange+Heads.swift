import Basics
import HTTP

/// Changes of heads that every exchange gets.
extension Exchange {
    /// Answers what is no request.
    func refuse(_ violation: WireViolation) {
        countRequest()
        note(.downstreamProtocolError)
        reply(violation.status, HTTPStatus.phrase(violation.status), violation.reason.code)
    }

    /// Ends what is no request and was refused by its connection, which answers a head that is too large.
    func endRefused(_ violation: WireViolation) {
        countRequest()
        note(.downstreamProtocolError)
        details = violation.reason.code
        if violation.status == 431 {
            response.status = violation.status
            answerHasBegun = true
            answerIsWhole = true
        }
        finish()
    }

    /// Tells the client to send the body that it holds back, if the request goes on.
    func invite() {
        guard awaitsInvitation, !isFinished, !answerHasBegun, !filtering.isHeld,
            let downstream = unsafe downstream
        else { return }
        awaitsInvitation = false
        response.status = 100
        downstream.sendInterim(self, status: 100)
        response.removeAll()
    }

    /// Answers a request that no route takes.
    func replyNoRoute() {
        note(.noRoute)
        reply(404, "", "route_not_found")
    }
}
