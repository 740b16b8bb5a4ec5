import Basics
import HTTP

/// What is asked of requests besides their route.
extension HTTPService {
    /// How long the end of a connection waits for the client to take everything.
    var delayedClose: Duration { .seconds(1) }
    /// How many bytes of further requests are taken while one is going on.
    var pipelineMaximum: Int { 64 * 1024 }

    /// Whether a connection may take no more requests after so many.
    func isLast(_ count: Int) -> Bool {
        settings.requestsMaximum > 0 && count >= settings.requestsMaximum
    }

    /// Drops fields with an underscore in their names, or answers their request; then it is false.
    func checkUnderscores(_ exchange: Exchange) -> Bool {
        var index = exchange.request.fields.count
        while index > 0 {
            index -= 1
            // Names that are known have none.
            guard exchange.request.fields.id(index) == .other,
                exchange.request.fields.name(index).firstIndex(of: UInt8(ascii: "_")) != nil
            else { continue }
            if settings.underscores == .reject {
                exchange.reply(400, "", "http1.unexpected_underscore")
                return false
            }
            exchange.request.fields.remove(at: index)
        }
        return true
    }

    /// The shortest of the timeouts that settings and their routes name.
    static func shortestTimeout(of settings: HTTPSettings) -> Duration? {
        let own = [
            settings.idleTimeout, settings.streamIdleTimeout, settings.requestTimeout,
            settings.requestHeadersTimeout,
        ]
        let routes = settings.routes.hosts.lazy.flatMap(\.routes).map { route -> Duration? in
            guard case .forward(let action) = route.action else { return nil }
            return action.idleTimeout
        }
        return (own + routes).compactMap { $0 }.min()
    }

    /// How often a route may be looked for anew, as in nginx.
    private static let reroutesMaximum = 10

    /// Changes the path and looks for a route anew.
    func reroute(_ exchange: Exchange, _ rewriter: PathRewriter) {
        guard exchange.rerouteCount < Self.reroutesMaximum else {
            return exchange.reply(500, "", "rewrite_cycle")
        }
        exchange.rerouteCount += 1
        // Logs and redirects name the path that was asked for.
        exchange.noteTarget()
        if !exchange.request.fields.contains(.xEnvoyOriginalPath) {
            let asked = Array(copying: exchange.original.path)
            exchange.request.fields.append(.xEnvoyOriginalPath, value: asked.span)
        }
        if !exchange.rawPath.isEmpty { exchange.rawPath = [] }
        var path = ByteBuffer()
        if rewriter.write(exchange.request.path, matchedLength: nil, into: &path) {
            exchange.request.setPath(path.readable)
        }
        route(exchange)
    }

    /// The place of the plan of a page that takes a request.
    func choose(_ page: ErrorPages.Page, _ exchange: Exchange) -> Int? {
        let length = exchange.request.path.queryStart
        for index in page.tests.indices
        where page.tests[index].passes(
            exchange.request,
            pathLength: length,
            peer: exchange.client.address,
            random: &proxy.random
        ) {
            return index
        }
        return nil
    }
}
