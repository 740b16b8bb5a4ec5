import Security

extension Endpoints {
    /// Takes what the TLS of the connection tells; its handshake is done.
    func take(_ engine: TLSEngine) {
        isSecure = true
        security = ConnectionSecurity(engine)
        if serverName.isEmpty, let name = engine.serverName { serverName = Array(name.utf8) }
    }
}
