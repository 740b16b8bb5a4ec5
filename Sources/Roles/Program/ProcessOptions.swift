package import Basics
import Reactor

/// What every role's command line says about its process: admin pages, log, grace.
package struct ProcessOptions: Sendable {
    /// Where the admin pages are.
    package enum Admin: Sendable, Hashable {
        /// Where the configuration says, or at the usual place.
        case usual
        /// Nowhere.
        case off
        /// Here.
        case at(ListenAddress)
    }

    /// Words for levels: Envoy's, and ours.
    package static let levels: [(word: String, level: Journal.Level)] = [
        ("trace", .debug), ("debug", .debug), ("info", .info), ("warning", .warning),
        ("warn", .warning), ("error", .error), ("err", .error), ("critical", .error),
        ("off", .error),
    ]

    /// Where the admin pages are.
    package var admin = Admin.usual
    /// Their usual port on 127.0.0.1.
    package var port: UInt16
    /// How long ending may take.
    package var grace = Duration.seconds(25)
    /// The least important lines that are written.
    package var level = Journal.Level.info
    /// Whether lines are objects of JSON.
    package var isJSON = false

    /// The memory that the process may take in bytes; `nil` is the container's limit.
    package var memory: Int?

    /// The options of a role with this usual port.
    package init(port: UInt16) {
        self.port = port
    }

    /// Reads the command line.
    ///
    /// - Throws: `invalid` for values that make no sense.
    package init(_ invocation: Invocation, port: UInt16) throws(Failure) {
        self.port = port
        admin = try Self.admin(invocation.text("admin"))
        if let grace = invocation.duration("grace") { self.grace = grace }
        level = Self.level(invocation.text("log-level")) ?? .info
        isJSON = invocation.text("log-format") == "json"
        memory = try MemoryShare.limit(invocation.text("memory-budget"))
    }

    /// Where the admin pages are if no configuration says; `nil` for nowhere.
    var adminAddress: ListenAddress? {
        switch admin {
        case .off: nil
        case .at(let address): address
        case .usual: ListenAddress(host: "127.0.0.1", port: port)
        }
    }

    /// The options themselves, for a role's declaration.
    package static func specs(port: UInt16) -> [OptionSpec] {
        [
            OptionSpec("check", help: "say all that is wrong with what was given, and end"),
            OptionSpec(
                "admin",
                nil,
                .text("ADDR:PORT"),
                help: "where the admin pages are; off for none",
                byDefault: "127.0.0.1:\(port)"
            ),
            OptionSpec(
                "grace",
                nil,
                .duration,
                help: "how long ending may take",
                byDefault: "25s"
            ),
            OptionSpec(
                "log-level",
                "l",
                .choice(levels.map(\.word)),
                help: "the least important lines that are written",
                byDefault: "info"
            ),
            OptionSpec(
                "log-format",
                nil,
                .choice(["text", "json"]),
                help: "of the program's own log, on standard error",
                byDefault: "text"
            ),
        ]
    }

    /// The level that a word names.
    package static func level(_ word: String?) -> Journal.Level? {
        levels.first { $0.word == word }?.level
    }

    /// What `--admin` says.
    ///
    /// - Throws: `invalid` if it is no address.
    package static func admin(_ text: String?) throws(Failure) -> Admin {
        switch text {
        case nil: return .usual
        case "off": return .off
        case let text?:
            guard let address = ListenAddress(text) else {
                throw Failure(
                    .invalid,
                    "--admin: \"\(text)\" is no address",
                    remedy: "write 127.0.0.1:9901 or off"
                )
            }
            return .at(address)
        }
    }
}

/// Where a server listens.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An address of this machine.
    package var host: String
    /// The port; 0 takes any free one.
    package var port: UInt16

    /// Makes an address.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:9901`, `[::1]:9901`, `:9901` for all addresses; a port alone is one of `alone`.
    package init?(_ text: String, alone: String = "127.0.0.1") {
        guard let colon = text.lastIndex(of: ":") else {
            guard let port = UInt16(text) else { return nil }
            self.init(host: alone, port: port)
            return
        }
        guard let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
