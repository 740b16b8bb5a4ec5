/// The methods that a proxy knows; all others are `other`, with their bytes beside them.
public enum HTTPMethod: UInt8, CaseIterable, Sendable {
    /// A method that is not in this table.
    case other = 0
    /// `GET`.
    case get
    /// `HEAD`.
    case head
    /// `POST`.
    case post
    /// `PUT`.
    case put
    /// `DELETE`.
    case delete
    /// `CONNECT`.
    case connect
    /// `OPTIONS`.
    case options
    /// `TRACE`.
    case trace
    /// `PATCH`.
    case patch

    /// The method of its bytes; methods have a case of their own.
    public init(_ bytes: Span<UInt8>) {
        let candidates: (HTTPMethod, HTTPMethod) =
            switch bytes.count {
            case 3: (.get, .put)
            case 4: (.post, .head)
            case 5: (.patch, .trace)
            case 6: (.delete, .delete)
            case 7: (.options, .connect)
            default: (.other, .other)
            }
        if bytes.equals(HeaderBlock.span(candidates.0.name)) {
            self = candidates.0
        } else if bytes.equals(HeaderBlock.span(candidates.1.name)) {
            self = candidates.1
        } else {
            self = .other
        }
    }

    /// The name on the wire; empty for `other`.
    public var name: StaticString {
        switch self {
        case .other: ""
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        }
    }
}
