/// A role of the companion in the place of an image.
package struct StandIn: Sendable, Hashable {
    /// The role's name, such as `proxy`.
    package var role: String
    /// The program as which the companion is called; `nil` if it is called by its own name.
    package var program: String?
    /// The words behind the program's name, or behind the role's.
    package var words: [String]
    /// Variables beside those of the manifest.
    package var environment: [String: String] = [:]
    /// The user that the image would run as: numbers as in `USER` of an image; root if empty.
    package var user = ""

    /// Where the companion lies in the root file system that it gets.
    package static let path = "/usr/bin/companion"
    /// Where it lies under the names of the programs that it stands for.
    package static let links = "/usr/local/bin"
    /// The configuration for nginx that reads `conf.d`, as the one of nginx's images does.
    package static let nginxConfiguration = "/usr/share/companion/nginx.conf"

    /// Everything that runs, the program first.
    package var commandLine: [String] {
        program.map { [Self.links + "/" + $0] + words } ?? [Self.path, role] + words
    }
}

/// Whether a role of the companion can stand in for an image, and why.
package struct StandInDecision: Sendable, Hashable {
    /// What stands in; `nil` if nothing does.
    package var standIn: StandIn?
    /// Why, in the order in which it was found; never empty, and the last one decided.
    package var reasons: [String]

    /// What decided.
    package var reason: String { reasons.last ?? "" }
}
