import Basics
import HTTP

/// Changes of heads that every exchange gets.
extension Exchange {
    /// Answers what is no request.
    func refuse(_ violation: WireViolation) {
        note(.downstreamProtocolError)
        reply(violation.status, HTTPStatus.phrase(violation.status), violation.reason.code)
    }

    /// Answers a request that no route takes.
    func replyNoRoute() {
        note(.noRoute)
        reply(404, "", "route_not_found")
    }
}
