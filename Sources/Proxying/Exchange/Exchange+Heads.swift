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

    /// Removes the fields that are meant for one connection only (RFC 9110, section 7.6.1).
    func removeHopByHop() {
        request.fields.removeAll(.connection)
        request.fields.removeAll(.keepAlive)
        request.fields.removeAll(.proxyConnection)
        request.fields.removeAll(.te)
        if request.upgrade == .none {
            request.fields.removeAll(.upgrade)
        } else {
            request.fields.append(.connection, value: "upgrade")
        }
    }

    func removeResponseHopByHop() {
        response.fields.removeAll(.connection)
        if response.status == 101 { response.fields.append(.connection, value: "upgrade") }
        response.fields.removeAll(.keepAlive)
        response.fields.removeAll(.proxyConnection)
    }

    /// Gives the request an identity of its own (a random UUID).
    func addRequestID() {
        var text: [36 of UInt8] = .init(repeating: UInt8(ascii: "-"))
        let high = proxy.random.next() & ~0xf000 | 0x4000
        let low = proxy.random.next() & ~(3 << 62) | 1 << 63
        var place = 0
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { place += 1 }
            let word = index < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4) & 15)
            text[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            place += 1
        }
        request.fields.append(.xRequestID, value: text.span)
    }
}
