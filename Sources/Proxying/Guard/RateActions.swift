internal import Basics

/// What the requests of a route show to the descriptors of rate limits, compiled.
struct RateActions {
    enum Action {
        case address(key: [UInt8])
        case cluster(key: [UInt8])
        case field(FieldName, key: [UInt8], skips: Bool)
        case query([UInt8], key: [UInt8], skips: Bool)
        case constant(key: [UInt8], value: [UInt8])
        case fields([FieldTest], expects: Bool, key: [UInt8], value: [UInt8])
    }

    let lists: [[Action]]

    init() { lists = [] }

    /// Compiles the rules of a route; without any those of its host hold, as in Envoy.
    init(route: [[RateLimitAction]], host: [[RateLimitAction]]) throws(Failure) {
        var lists: [[Action]] = []
        for list in route.isEmpty ? host : route {
            var actions: [Action] = []
            for action in list { actions.append(try Self.compile(action)) }
            lists.append(actions)
        }
        self.lists = lists
    }

    private static func compile(_ action: RateLimitAction) throws(Failure) -> Action {
        switch action {
        case .remoteAddress: return .address(key: Array("remote_address".utf8))
        case .destinationCluster: return .cluster(key: Array("destination_cluster".utf8))
        case .header(let name, let key, let skips):
            return .field(FieldName(name), key: Array(key.utf8), skips: skips)
        case .query(let name, let key, let skips):
            return .query(Array(name.utf8), key: Array(key.utf8), skips: skips)
        case .text(let key, let value):
            return .constant(key: Array(key.utf8), value: Array(value.utf8))
        case .headersMatch(let key, let value, let expects, let tests):
            var compiled: [FieldTest] = []
            for test in tests { compiled.append(try FieldTest(test)) }
            return .fields(
                compiled,
                expects: expects,
                key: Array(key.utf8),
                value: Array(value.utf8)
            )
        }
    }
}
