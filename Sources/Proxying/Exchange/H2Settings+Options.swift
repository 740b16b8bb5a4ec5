import HTTP

extension H2Settings {
    /// Takes over what a configuration says.
    mutating func apply(_ settings: HTTP2Settings) {
        if let window = settings.streamWindow { streamWindow = window }
        if let window = settings.connectionWindow { connectionWindow = window }
    }
}
