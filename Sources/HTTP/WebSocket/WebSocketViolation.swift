/// A breach of RFC 6455 by the peer, with the code of the Close frame that answers it.
package struct WebSocketViolation: Error, Equatable {
    /// 1002 protocol error, 1007 invalid text, 1009 message too big.
    package let code: UInt16
    package let what: String

    init(_ code: UInt16, _ what: String) {
        self.code = code
        self.what = what
    }
}
