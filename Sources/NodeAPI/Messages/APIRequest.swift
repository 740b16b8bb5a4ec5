/// A request to the API without its connection.
public struct APIRequest: Sendable {
    /// The method: `GET`.
    public var method: String
    /// The decoded segments of the path.
    public var segments: [String]
    /// The decoded pairs of the query, in order.
    public var query: [(name: String, value: String)]
    /// What the client accepts, as sent.
    public var accept: String
    /// The media type of the body, in lower case and without parameters; empty if none is named.
    public var contentType: String
    /// The client's name of itself.
    public var userAgent: String
    /// The entity tags of what the client has already (`If-None-Match`), as sent.
    public var knownTags = ""
    /// The body.
    public var body: [UInt8]
    /// Who asks.
    public var caller = Caller.node

    /// Makes a request; the path may carry a query that needs no decoding.
    public init(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String)] = [],
        accept: String = "",
        contentType: String = "",
        userAgent: String = "",
        body: [UInt8] = []
    ) {
        self.method = method
        let parts = path.split(separator: "?", maxSplits: 1)
        segments = parts.first.map { $0.split(separator: "/").map(String.init) } ?? []
        self.query = query
        if parts.count > 1 {
            for pair in parts[1].split(separator: "&") {
                let halves = pair.split(separator: "=", maxSplits: 1).map(String.init)
                self.query.append((halves[0], halves.count > 1 ? halves[1] : ""))
            }
        }
        self.accept = accept
        self.contentType = contentType
        self.userAgent = userAgent
        self.body = body
    }

    /// The first value of a query parameter.
    func parameter(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// All values of a query parameter.
    func parameters(_ name: String) -> [String] {
        query.filter { $0.name == name }.map(\.value)
    }

    /// A boolean query parameter, as Go reads it: missing and `false` or `0` are false.
    func flag(_ name: String) -> Bool {
        guard let value = parameter(name) else { return false }
        return !["false", "0", "f", "F", "FALSE", "False"].contains(value)
    }

    /// A query parameter that is a whole number.
    ///
    /// - Throws: 400 if it is something else.
    func number(_ name: String) throws(APIError) -> Int? {
        guard let value = parameter(name), !value.isEmpty else { return nil }
        guard let number = Int(value) else {
            throw .badRequest("the query parameter \(name) is no whole number: \"\(value)\"")
        }
        return number
    }

    /// Whether nothing is to be stored.
    var isDryRun: Bool { parameter("dryRun").map { !$0.isEmpty } ?? false }
}
