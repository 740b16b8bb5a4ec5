internal import Basics
internal import HTTP

/// What answers in the place of certain statuses of a route, compiled.
final class ErrorPages {
    /// One page.
    final class Page {
        /// The path that is asked for; `nil` keeps the request.
        let path: [UInt8]?
        let status: ErrorPage.Status
        let tests: [RequestTest]
        let plans: [RoutePlan]

        fileprivate init(
            _ page: ErrorPage,
            of host: VirtualHost,
            clusters: [String],
            hostname: String
        ) throws(Failure) {
            path = page.path.map { Array($0.utf8) }
            status = page.status
            var tests: [RequestTest] = []
            var plans: [RoutePlan] = []
            for route in page.routes {
                let test = try RequestTest(route.match)
                var route = route
                route.errorPages = []
                tests.append(test)
                plans.append(
                    try RoutePlan(
                        route,
                        of: host,
                        matchedLength: test.matchedLength,
                        clusters: clusters,
                        hostname: hostname
                    )
                )
            }
            self.tests = tests
            self.plans = plans
        }

        /// The status that the client gets; an answer that is `special` failed or redirects.
        func status(of own: Int, inPlaceOf status: Int, isSpecial: Bool) -> Int {
            if isSpecial { return own }
            return switch self.status {
            case .kept: status
            case .ofPage: own
            case .fixed(let fixed): fixed
            }
        }
    }

    /// Whether answers of hosts are replaced too.
    let intercepts: Bool
    private var pages: [Int: Page] = [:]

    /// Compiles the pages of a route; `nil` if there are none.
    init?(
        _ route: Route,
        of host: VirtualHost,
        clusters: [String],
        hostname: String
    ) throws(Failure) {
        if route.errorPages.isEmpty { return nil }
        intercepts = route.interceptsErrors
        for page in route.errorPages {
            let compiled = try Page(page, of: host, clusters: clusters, hostname: hostname)
            for status in page.statuses where pages[status] == nil { pages[status] = compiled }
        }
    }

    /// The page for a status.
    func page(for status: Int) -> Page? { pages[status] }
}
