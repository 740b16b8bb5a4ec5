package import Basics
package import HTTP
package import Security

/// A request of HTTP that may be sent on by redirects.
package struct WebRequest: Sendable {
    /// The method, in capitals.
    package var method = "GET"
    /// Where to.
    package var address: WebAddress
    /// The header fields.
    package var headers: HTTPHeaders = [:]
    /// The body; sent if it is not empty, or for POST, PUT and PATCH.
    package var body: [UInt8] = []
    /// What is expected of servers.
    package var tls = TLSOptions()
    /// How long a connection may take, with TLS.
    package var connecting = Duration.seconds(10)
    /// How long the server may be silent.
    package var silence = Duration.seconds(30)
    /// When everything must be over.
    package var deadline: Instant?
    /// How many redirects are followed; 0 takes them as answers.
    package var redirects = 10
    /// Addresses in place of names: `host:port` and what is connected to.
    package var overrides: [String: String] = [:]
    /// A Unix socket that is connected to whatever the address says.
    package var socket: String?
    /// Whether other hosts get user, password and `Authorization` too.
    package var trustsAll = false
    /// Whether the method stays as it is through all redirects, since somebody gave it by name.
    package var keepsMethod = false
    /// The schemes that may be asked.
    package var schemes: Set<String> = ["http", "https"]
    /// The schemes that redirects may lead to, of those in `schemes`.
    package var redirectSchemes: Set<String> = ["http", "https"]
    /// The names of fields that are for the first host alone, beside those that are always secret.
    package var privateFields: [String] = []
    /// Whether each request tells the one before as `Referer`.
    package var tellsReferer = false

    /// A request to an address.
    package init(_ address: WebAddress) {
        self.address = address
    }

    /// Whether a status is one of those that send on to another address.
    package static func isRedirect(_ status: Int) -> Bool {
        [301, 302, 303, 307, 308].contains(status)
    }

    /// The request that a redirect asks for.
    ///
    /// As curl does (and the Fetch standard): after 301 and 302 a POST becomes a GET, after 303 everything but HEAD
    /// does. Credentials do not go to another scheme, host or port, and not from HTTPS to HTTP.
    /// - Throws: That the new address is none.
    package func redirected(
        _ status: Int,
        to location: String
    ) throws(WebFailure) -> WebRequest {
        var next = self
        do throws(Failure) {
            next.address = try address.resolving(location)
        } catch {
            throw WebFailure(.address, error)
        }
        guard schemes.contains(next.address.scheme), redirectSchemes.contains(next.address.scheme)
        else {
            throw WebFailure(
                .scheme(next.address.scheme),
                "cannot get \(address)",
                cause: "it sends on to \(next.address), and \(next.address.scheme) is not allowed"
            )
        }
        let becomesGet = status == 303 ? method != "HEAD" : status < 303 && method == "POST"
        if becomesGet, method != "GET" {
            // curl says a word of one's own again, but sends no body with it.
            if !keepsMethod { next.method = "GET" }
            next.body = []
            for name in ["Content-Type", "Content-Length", "Transfer-Encoding"] {
                next.headers.remove(name)
            }
        }
        if tellsReferer { next.headers["Referer"] = "\(address)" }
        if next.address.isSameOrigin(as: address) || trustsAll {
            if next.address.user == nil {
                next.address.user = address.user
                next.address.password = address.password
            }
        } else {
            for name in Self.secrets + privateFields { next.headers.remove(name) }
            next.headers.remove("Host")
        }
        return next
    }

    /// The fields that are not told to another host.
    package static let secrets = [
        "Authorization", "Cookie", "Proxy-Authorization", "X-Vault-Token", "X-Amz-Security-Token",
        "X-Amz-Date", "X-Amz-Content-Sha256", "X-Api-Key", "PRIVATE-TOKEN", "X-Auth-Token",
    ]
}
