/// The content of a `resolv.conf`: name servers, search domains and options.
///
/// (kubelet: `pkg/kubelet/network/dns`)
public struct ResolverConfiguration: Sendable, Hashable {
    /// The addresses of the name servers.
    public var servers: [String]
    /// The search domains.
    public var searches: [String]
    /// The options, `name` or `name:value`.
    public var options: [String]

    /// The most name servers a resolver uses.
    public static let serverLimit = 3
    /// The most search domains.
    public static let searchLimit = 32
    /// The most bytes of the search line.
    public static let searchLineLimit = 2048
    /// The longest search domain; some resolvers crash on longer ones.
    public static let domainLimit = 253

    /// Makes a configuration from its parts.
    public init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.servers = servers
        self.searches = searches
        self.options = options
    }

    /// Reads a `resolv.conf`.
    ///
    /// Name servers add up; the last `search` and the last `options` line win; a trailing dot of a
    /// search domain is dropped; a line without its value and unknown lines are skipped.
    ///
    /// - Parameter text: The content of the file.
    public init(parsing text: String) {
        self.init()
        for line in text.split(separator: "\n") {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard let keyword = fields.first, !keyword.hasPrefix("#") else { continue }
            let values = fields.dropFirst()
            switch keyword {
            case "nameserver": servers.append(contentsOf: values.prefix(1).map(String.init))
            case "search":
                searches = values.map { domain in
                    domain.count > 1 && domain.hasSuffix(".")
                        ? String(domain.dropLast()) : String(domain)
                }
            case "options": options = values.map(String.init)
            default: continue
            }
        }
    }

    /// The text of the file.
    public var text: String {
        var text = ""
        if !searches.isEmpty { text += "search \(searches.joined(separator: " "))\n" }
        for server in servers { text += "nameserver \(server)\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }

    /// Adds what a pod's `dnsConfig` asks for: servers and searches without repeating any, options
    /// by name over the present ones.
    mutating func add(_ addition: ResolverConfiguration) {
        servers = Self.withoutRepeats(servers + addition.servers)
        searches = Self.withoutRepeats(searches + addition.searches)
        for option in addition.options {
            let name = Self.optionName(option)
            if let index = options.firstIndex(where: { Self.optionName($0) == name }) {
                options[index] = option
            } else {
                options.append(option)
            }
        }
    }

    static func withoutRepeats(_ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }

    private static func optionName(_ option: String) -> Substring {
        option.prefix { $0 != ":" }
    }

    /// Cuts everything that is over a limit.
    ///
    /// - Returns: The messages of the `DNSConfigForming` events, one for each kind of cut.
    mutating func fitLimits() -> [String] {
        var messages: [String] = []
        if servers.count > Self.serverLimit {
            servers.removeLast(servers.count - Self.serverLimit)
            messages.append(
                "Nameserver limits were exceeded, some nameservers have been omitted, the applied "
                    + "nameserver line is: \(servers.joined(separator: " "))"
            )
        }
        let wanted = searches.count
        searches = searches.prefix(Self.searchLimit).filter { $0.utf8.count <= Self.domainLimit }
        while searches.joined(separator: " ").utf8.count > Self.searchLineLimit {
            searches.removeLast()
        }
        if searches.count < wanted {
            messages.append(
                "Search Line limits were exceeded, some search paths have been omitted, the applied "
                    + "search line is: \(searches.joined(separator: " "))"
            )
        }
        return messages
    }
}
