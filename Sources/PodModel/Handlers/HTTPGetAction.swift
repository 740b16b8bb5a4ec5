public import Formats

/// An HTTP GET request.
public struct HTTPGetAction: ModelObject {
    /// The path and query.
    public var path: String
    /// The port, by number or by the container's name for it.
    public var port: IntOrString
    /// The host; the pod's address if empty.
    public var host: String
    /// Whether TLS is used; certificates are not verified.
    public var scheme: URIScheme
    /// Further headers.
    public var httpHeaders: [HTTPHeader]

    /// Makes the value from its parts.
    public init(
        path: String = "/",
        port: IntOrString = .int(0),
        host: String = "",
        scheme: URIScheme = .http,
        httpHeaders: [HTTPHeader] = []
    ) {
        self.path = path
        self.port = port
        self.host = host
        self.scheme = scheme
        self.httpHeaders = httpHeaders
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.path = try fields.text("path", or: "/")
        self.port = try fields.intOrString("port") ?? .int(0)
        self.host = try fields.text("host")
        self.scheme = try fields.choice("scheme") ?? .http
        self.httpHeaders = try fields.objects("httpHeaders")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("path", path)
        members.put("port", port)
        members.putText("host", host)
        members.put("scheme", scheme)
        members.put("httpHeaders", httpHeaders)
        return members.json
    }
}
