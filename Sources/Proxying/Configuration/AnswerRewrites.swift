/// Changes of addresses and cookies in answers of hosts (nginx's `proxy_redirect` and `proxy_cookie_path`).
public struct AnswerRewrites: Sendable, Hashable {
    /// A text that is looked for, and what stands in its place.
    public struct Replacement: Sendable, Hashable {
        /// What is looked for.
        public var from: String
        /// What stands in its place, with the commands of access logs.
        public var to: String

        /// Makes a replacement.
        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    /// Beginnings of `location`; the first that fits is replaced.
    public var locations: [Replacement]
    /// Beginnings of the paths of cookies.
    public var cookiePaths: [Replacement]
    /// Domains of cookies, as a whole and without a leading dot.
    public var cookieDomains: [Replacement]

    /// Makes changes.
    public init(
        locations: [Replacement] = [],
        cookiePaths: [Replacement] = [],
        cookieDomains: [Replacement] = []
    ) {
        self.locations = locations
        self.cookiePaths = cookiePaths
        self.cookieDomains = cookieDomains
    }

    /// Whether nothing changes.
    public var isEmpty: Bool {
        locations.isEmpty && cookiePaths.isEmpty && cookieDomains.isEmpty
    }
}
