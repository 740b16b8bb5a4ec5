/// What answers a request in the place of certain statuses of its route (nginx's `error_page`).
public struct ErrorPage: Sendable, Hashable {
    /// Which status the client gets.
    public enum Status: Sendable, Hashable {
        /// The one that the page stands for.
        case kept
        /// The one that the page answers with.
        case ofPage
        /// A fixed one.
        case fixed(Int)
    }

    /// The statuses that it stands for.
    public var statuses: [Int]
    /// Which status the client gets; a page that fails or redirects keeps its own.
    public var status: Status
    /// The path that is asked for instead, with GET and without a body; `nil` keeps the request.
    public var path: String?
    /// What answers, the first whose match passes.
    ///
    /// Pages of their own have no effect.
    public var routes: [Route]

    /// Makes a page.
    public init(
        statuses: [Int],
        status: Status = .kept,
        path: String? = nil,
        routes: [Route]
    ) {
        self.statuses = statuses
        self.status = status
        self.path = path
        self.routes = routes
    }
}
