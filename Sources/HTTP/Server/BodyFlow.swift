/// How a body without a known length is written, and its end marked.
enum BodyForm: Sendable {
    /// In chunks of HTTP/1.1.
    case chunked
    /// As it is, until the connection ends.
    case plain
    /// Not at all: an answer to HEAD.
    case none
}

/// A piece of a body, framed as a chunk once for all connections that it is sent over.
public struct BodyChunk: Sendable, Hashable {
    /// The piece between its length and the line end that HTTP/1.1 puts around it.
    public let framed: [UInt8]

    /// Frames a piece, which must not be empty.
    public init(_ content: [UInt8]) {
        framed = MessageEncoder.chunk(content)
    }

    /// Takes a piece that is framed already: `framed` of another one.
    public init(framed: [UInt8]) {
        self.framed = framed
    }

    /// The piece itself.
    public var content: ArraySlice<UInt8> {
        let start = framed.firstIndex(of: HTTPSyntax.lineFeed).map { $0 + 1 } ?? framed.endIndex
        return framed[start..<max(start, framed.endIndex - 2)]
    }
}

/// What a supply of a body has next.
public enum BodyPiece: Sendable, Hashable {
    /// A piece of the body.
    case chunk(BodyChunk)
    /// Nothing now.
    case later
    /// Nothing any more.
    case end
}

/// What is still to be sent of a body that somebody supplies piece by piece: a value without I/O.
///
/// It holds one piece, or some that wait together, up to `gatheredMaximum` and the last of them.
struct BodyFlow {
    /// About how many bytes of pieces are put together for one call of the kernel.
    static let gatheredMaximum = 64 << 10

    private let form: BodyForm
    private var rest: ArraySlice<UInt8> = []
    /// Whether the supply is at its end.
    private(set) var isEnding = false

    init(_ form: BodyForm) {
        self.form = form
    }

    /// Whether all was sent.
    var isOver: Bool { isEnding && rest.isEmpty }

    /// The bytes that are to be sent next.
    ///
    /// - Parameter pull: Gives the next piece of the body; it is not asked again after the end.
    /// - Returns: The bytes; `nil` if there are none now, or no more.
    mutating func next(_ pull: () -> BodyPiece) -> ArraySlice<UInt8>? {
        guard rest.isEmpty else { return rest }
        gathering: while !isEnding, rest.count < Self.gatheredMaximum {
            switch pull() {
            case .chunk(let chunk): add(chunk)
            case .later: break gathering
            case .end:
                isEnding = true
                if form == .chunked { rest += MessageEncoder.lastChunk() }
            }
        }
        return rest.isEmpty ? nil : rest
    }

    /// Tells how many of the bytes were taken.
    mutating func took(_ count: Int) {
        rest = count == rest.count ? [] : rest.dropFirst(count)
    }

    private mutating func add(_ chunk: BodyChunk) {
        let bytes: ArraySlice<UInt8>
        switch form {
        case .chunked: bytes = chunk.framed[...]
        case .plain: bytes = chunk.content
        case .none: return
        }
        // One piece alone stays the one that others send too.
        if rest.isEmpty { rest = bytes } else { rest += bytes }
    }
}
