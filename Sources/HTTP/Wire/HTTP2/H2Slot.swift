import Basics

/// The place of a stream: used again by later streams with its memory.
struct H2Slot: ~Copyable {
    let index: Int32
    var generation: UInt32 = 0
    /// The number on the wire; 0 for an empty place.
    var id: Int32 = 0
    /// What the owner knows the stream by.
    var tag = 0
    /// Body bytes that are to be sent.
    var output = ByteBuffer()
    /// Fields that are to be sent after the body.
    var trailers = HeaderBlock()
    /// Body bytes that the owner has not consumed.
    var unconsumed = 0
    /// Whether the owner is no longer told about the stream.
    var isAbandoned = false
    /// Whether the peer's head, the final one, has come.
    var hasHead = false
    /// Whether nothing is written any more after `output`.
    var isEnding = false
    var hasTrailers = false
    /// Whether the library waits to be told that there is more.
    var isDeferred = false
    var isFull = false
    var isHead = false
    var isConnect = false
    var isWebSocket = false
    /// What is wrong with the head that is coming.
    var violation: WireViolation?
    /// The size of the head that is coming, as RFC 9113 counts it.
    var listBytes = 0
    var listFields = 0

    /// Memory for output above this is given back with the stream.
    private static let keepsMaximum = 4096

    init(index: Int32) {
        self.index = index
    }

    var handle: H2Stream { H2Stream(index: index, generation: generation) }

    mutating func beginHead() {
        violation = nil
        listBytes = 0
        listFields = 0
    }

    /// Makes the place ready for its next tenant.
    mutating func clear() {
        generation &+= 1
        id = 0
        tag = 0
        output.removeAll()
        if output.capacity > Self.keepsMaximum { output.release() }
        trailers.removeAll()
        unconsumed = 0
        isAbandoned = false
        hasHead = false
        isEnding = false
        hasTrailers = false
        isDeferred = false
        isFull = false
        isHead = false
        isConnect = false
        isWebSocket = false
        beginHead()
    }
}
