import Basics
import HTTP

@testable import Proxying

/// Makes the head of a request from texts.
func request(
    _ path: String,
    host: String = "app",
    method: String = "GET",
    _ fields: [(String, String)] = []
) -> RequestHead {
    var head = RequestHead()
    let bytes = (Array(path.utf8), Array(host.utf8), Array(method.utf8))
    head.setPath(bytes.0.span)
    head.setAuthority(bytes.1.span)
    head.setMethod(bytes.2.span)
    for (name, value) in fields {
        let pair = (Array(name.utf8), Array(value.utf8))
        head.fields.append(name: pair.0.span, value: pair.1.span)
    }
    return head
}

/// The fields as `name: value`, in their order.
func lines(_ fields: borrowing HeaderBlock) -> [String] {
    (0..<fields.count).map {
        String(copying: fields.name($0)) + ": " + String(copying: fields.value($0))
    }
}

func address(_ text: String) -> PeerAddress {
    let bytes = Array(text.utf8)
    return PeerAddress(bytes.span) ?? PeerAddress()
}
