/// The head of a request as it was on the wire.
struct ReceivedRequest: Sendable, Equatable {
    var method: String
    var target: String
    /// The minor version: 0 or 1.
    var minor: Int
    var headers: HTTPHeaders
    var framing: BodyFraming = .none

    /// Whether the client wants to use the connection again.
    var keepsAlive: Bool {
        if headers.list("Connection", contains: "close") { return false }
        return minor > 0 || headers.list("Connection", contains: "keep-alive")
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool {
        minor > 0 && framing != .none
            && headers["Expect"].map { HTTPSyntax.equal($0, "100-continue") } == true
    }
}

/// The head of a response as it was on the wire.
struct ReceivedResponse: Sendable, Equatable {
    var status: Int
    var reason: String
    var minor: Int
    var headers: HTTPHeaders
    var framing: BodyFraming = .none

    /// Whether the server will take another request on the connection.
    var keepsAlive: Bool {
        if framing == .untilClose || headers.list("Connection", contains: "close") { return false }
        return minor > 0 || headers.list("Connection", contains: "keep-alive")
    }
}
