import Formats

/// The address of a `proxy_pass`.
struct NginxPass {
    var isTLS: Bool
    var isGRPC: Bool
    /// The name of an upstream, or `host:port`.
    var host: String
    /// What follows the host; `nil` if nothing does.
    var uri: String?

    /// What `$proxy_host` is: the host, with a port that is not the scheme's.
    var authority: String {
        host.hasSuffix(isTLS ? ":443" : ":80") ? String(host.prefix { $0 != ":" }) : host
    }

    static func parse(
        _ written: String,
        _ directive: NginxDirective,
        _ routes: NginxRoutes
    ) -> NginxPass? {
        let text = filled(written, routes.variables.constants)
        guard let range = text.firstRange(of: "://") else {
            if directive.name == "grpc_pass", !text.contains("$") {
                return NginxPass(isTLS: false, isGRPC: true, host: text, uri: nil)
            }
            routes.log.error(
                directive.place,
                text.hasPrefix("$")
                    ? "variables are only supported if set gives them a fixed value: \(text)"
                    : "\"\(text)\" is no URL",
                "write http://HOST:PORT"
            )
            return nil
        }
        let scheme = String(text[..<range.lowerBound])
        guard ["http", "https", "grpc", "grpcs"].contains(scheme) else {
            routes.log.error(
                directive.place,
                "\"\(scheme)\" is no scheme",
                "write http:// or https://"
            )
            return nil
        }
        let rest = text[range.upperBound...]
        var host: Substring
        var uri: Substring
        if rest.hasPrefix("unix:") {
            let path = rest.dropFirst(5)
            let end = path.firstIndex(of: ":") ?? path.endIndex
            host = path[..<end]
            uri = path[end...].dropFirst()
        } else {
            let end = rest.firstIndex { $0 == "/" || $0 == "$" || $0 == "?" } ?? rest.endIndex
            host = rest[..<end]
            uri = rest[end...]
        }
        guard !host.isEmpty else {
            routes.log.unsupported(
                directive.place,
                "hosts by variables are not supported: \(text)",
                "write the host, or set the variable to a fixed value"
            )
            return nil
        }
        return NginxPass(
            isTLS: scheme == "https" || scheme == "grpcs",
            isGRPC: scheme == "grpc" || scheme == "grpcs",
            host: String(host),
            uri: uri.isEmpty ? nil : String(uri)
        )
    }

    /// The text with the values of `set` put in; the URI may keep other variables.
    private static func filled(_ text: String, _ constants: [String: String]) -> String {
        NginxVariables.pieces(text)
            .map { piece in
                switch piece {
                case .text(let text): text
                case .variable(let name): constants[name] ?? "$\(name)"
                }
            }
            .joined()
    }
}
