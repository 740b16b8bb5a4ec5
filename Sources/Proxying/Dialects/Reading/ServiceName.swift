/// Names of services in DNS: `_http._tcp.example.com` (RFC 2782).
enum ServiceName {
    /// The name without the parts that begin with an underscore.
    static func domain(of name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let rest = parts.drop { $0.hasPrefix("_") }
        return rest.isEmpty ? name : rest.joined(separator: ".")
    }

    /// The name that nginx asks for: `http` is `_http._tcp`, what has a dot stands as it is.
    static func full(_ service: String, of domain: String) -> String {
        service.contains(".") ? "\(service).\(domain)" : "_\(service)._tcp.\(domain)"
    }
}
