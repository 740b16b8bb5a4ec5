/// What is done with the connections of a chain.
enum ChainService {
    case http(ServicePlace)
    case tunnel(TunnelService)

    var tunnel: TunnelService? {
        if case .tunnel(let service) = self { service } else { nil }
    }
}
