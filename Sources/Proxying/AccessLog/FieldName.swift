internal import HTTP

/// The name of a header field, or what stands for a part of the request line, compiled once.
struct FieldName: Hashable {
    /// What is meant.
    enum Kind: UInt8 {
        case field
        case method
        case path
        case authority
        case scheme
        case status
    }

    let kind: Kind
    let id: HeaderID
    /// The name in lower case.
    let bytes: [UInt8]

    init(_ name: String) {
        let folded = name.utf8.map(\.folded)
        bytes = folded
        id = HeaderID(folded.span)
        kind =
            switch name.lowercased() {
            case ":method": .method
            case ":path": .path
            case ":authority", "host": .authority
            case ":scheme": .scheme
            case ":status": .status
            default: .field
            }
    }

    /// The first field of that name at or after an index.
    func first(in fields: borrowing HeaderBlock, from start: Int = 0) -> Int? {
        id == .other ? fields.first(named: bytes.span, from: start) : fields.first(id, from: start)
    }

    /// Removes all fields of that name.
    func removeAll(from fields: inout HeaderBlock) {
        if id == .other {
            fields.removeAll(named: bytes.span)
        } else {
            fields.removeAll(id)
        }
    }
}
