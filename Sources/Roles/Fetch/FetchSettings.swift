import Basics
import HTTP
import Security

/// What is fetched, and how.
struct FetchSettings: Sendable {
    /// How Vault is asked.
    struct Vault: Sendable, Hashable {
        var address: WebAddress?
        /// The token; asked for by the Kubernetes login if there is a role.
        var token: String?
        /// A file that holds the token, read each time.
        var tokenFile: String?
        /// The role of the Kubernetes login.
        var role: String?
        /// Where that login is mounted.
        var login = "kubernetes"
        /// The token of the service account.
        var accountFile = "/var/run/secrets/kubernetes.io/serviceaccount/token"
        /// The namespace of Vault's enterprise edition.
        var namespace: String?
        /// The version of the key-value store; asked for if nil.
        var version: Int?
    }

    /// How S3 is asked.
    struct S3: Sendable, Hashable {
        var region = "us-east-1"
        /// Another place than Amazon's.
        var endpoint: WebAddress?
        /// Whether the bucket stands in the path; true with an endpoint of one's own.
        var pathStyle: Bool?
        /// Whether requests are not signed.
        var isAnonymous = false
    }

    /// What is fetched.
    var items: [FetchItem] = []
    /// Header fields of requests to web addresses.
    var headers: [ReloadSettings.Header] = []
    /// User and password for web addresses that have none.
    var user: String?
    var password: String?
    /// Users and passwords by host.
    var netrc: Netrc?
    var tls = TLSOptions()
    var connecting = Duration.seconds(10)
    var silence = Duration.seconds(30)
    /// How long one item may take with all its tries.
    var timeout: Duration?
    var redirects = 10
    /// The most bytes of an item.
    var sizeMaximum = 4 << 30
    /// The most bytes when it is unpacked.
    var unpackedMaximum = 256 << 20
    /// Whether bodies of failures (400 and more) are taken as content.
    var takesFailures = false
    var retries = RetryRule()
    /// Where validators (`ETag`, `Last-Modified`) are kept; beside each file if nil.
    var state: String?
    /// Whether what has not changed is not fetched again.
    var isConditional = true
    var vault = Vault()
    var s3 = S3()
    /// How often everything is fetched again; once if nil.
    var every: Duration?
    /// What is done after something has changed.
    var deeds: [ReloadSettings.Deed] = []
    /// The variables of the process.
    var environment: [String: String] = [:]

    /// A request to an address with all that is set.
    func request(_ address: WebAddress, until deadline: Instant?) -> WebRequest {
        var request = WebRequest(address)
        request.headers = ["Accept": "*/*", "User-Agent": "companion"]
        request.tls = tls
        request.connecting = connecting
        request.silence = silence
        request.deadline = deadline
        request.redirects = redirects
        return request
    }

    /// A request for a file, with its own fields and credentials.
    func itemRequest(_ address: WebAddress, until deadline: Instant?) -> WebRequest {
        var request = request(address, until: deadline)
        if request.address.user == nil {
            if let user {
                request.address.user = user
                request.address.password = password
            } else if let found = netrc?.find(address.host) {
                request.address.user = found.user
                request.address.password = found.password
            }
        }
        for header in headers { request.headers[header.name] = header.value }
        let told: Set<String> = ["accept", "accept-encoding", "accept-language", "user-agent"]
        request.privateFields = headers.map(\.name).filter { !told.contains($0.lowercased()) }
        return request
    }
}

/// Users and passwords of hosts, as `.netrc` has them.
struct Netrc: Sendable, Hashable {
    /// Of one host.
    struct Login: Sendable, Hashable {
        var user = ""
        var password = ""
    }

    private var machines: [String: Login] = [:]
    private var standard: Login?

    /// Reads a file; what is not understood is left out, as everybody does.
    init(_ text: String) {
        var words: [String] = []
        var isMacro = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // A macro ends with an empty line.
            if isMacro, !line.allSatisfy(\.isWhitespace) { continue }
            isMacro = false
            for word in Self.words(line) {
                if word.hasPrefix("#") { break }
                if word == "macdef" {
                    isMacro = true
                    break
                }
                words.append(word)
            }
        }
        var host: String?
        var isStandard = false
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "machine":
                host = rest.popFirst()?.lowercased()
                isStandard = false
                if let host, machines[host] == nil { machines[host] = Login() }
            case "default":
                host = nil
                isStandard = true
                standard = Login()
            case "login", "password", "account":
                guard let value = rest.popFirst() else { break }
                if isStandard {
                    if word == "login" { standard?.user = value }
                    if word == "password" { standard?.password = value }
                } else if let host {
                    if word == "login" { machines[host]?.user = value }
                    if word == "password" { machines[host]?.password = value }
                }
            default: break
            }
        }
    }

    /// The words of a line; one in quotes may have blanks, and a backslash takes its neighbour as it is.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var rest = line.drop(while: \.isWhitespace)
        while let first = rest.first {
            var word = ""
            if first == "\"" {
                rest.removeFirst()
                while let character = rest.popFirst(), character != "\"" {
                    word.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
                }
            } else {
                word = String(rest.prefix { !$0.isWhitespace })
                rest = rest.dropFirst(word.count)
            }
            words.append(word)
            rest = rest.drop(while: \.isWhitespace)
        }
        return words
    }

    /// The login of a host, or that of all others.
    func find(_ host: String) -> Login? { machines[host.lowercased()] ?? standard }
}
