public import Basics
internal import Formats
public import Reactor

/// What the API answers.
public enum APIAnswer {
    /// A whole response.
    case complete(APIResponse)
    /// A response whose body is written piece by piece: a log, the progress of a pull.
    case stream(APIStream)
    /// A response whose body goes on with the changes of objects, without a task.
    case watch(WatchFeed)
    /// A change to a WebSocket or SPDY, over which a program's streams run.
    case command(CommandSession)
    /// A change to SPDY or a WebSocket, over which connections to a pod run.
    case forward(PortForward)
}

/// A whole response.
public struct APIResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The media type of the body.
    public var contentType = "application/json"
    /// Texts for `Warning` headers.
    public var warnings: [String] = []
    /// More header fields.
    public var headers: [(name: String, value: String)] = []
    /// The body.
    public var body: [UInt8]

    /// Makes a response with a JSON body.
    init(_ status: Int, _ json: JSON, warnings: [String] = []) {
        self.status = status
        self.warnings = warnings
        body = json.bytes() + [UInt8(ascii: "\n")]
    }

    /// Makes a response with a text body.
    init(_ status: Int, text: String, contentType: String = "text/plain; charset=utf-8") {
        self.init(status, bytes: Array(text.utf8), contentType: contentType)
    }

    /// Makes a response with any body.
    init(_ status: Int, bytes: [UInt8], contentType: String) {
        self.status = status
        self.contentType = contentType
        body = bytes
    }
}

/// A response in pieces.
public struct APIStream {
    /// The media type of the body.
    public var contentType: String
    /// Writes the body; an error before the first piece becomes an error response.
    public var produce: @MainLoop (any APISink) async throws -> Void
}

/// Where the pieces of a response go.
@MainLoop public protocol APISink: AnyObject {
    /// Sends a piece at once; an empty one makes sure that the response has begun.
    ///
    /// - Throws: that the client has left.
    func write(_ bytes: [UInt8]) async throws(Failure)

    /// Calls once when the client leaves; at once if it has.
    func onClosed(_ body: @escaping @MainLoop () -> Void)
}
