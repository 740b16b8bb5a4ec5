import Formats

/// Who listens where in one process: an address has one owner.
struct RunListeners {
    /// Who has an address, and where that is said.
    private enum Owner {
        case adminPages
        case role(RunFile.Entry)
    }

    private var taken: [(listener: RoleListener, owner: Owner)] = []

    /// Begins with the process's own admin pages, if it has some.
    init(admin: ListenAddress?) {
        if let admin { taken.append((RoleListener(admin), .adminPages)) }
    }

    /// Gives a role its addresses.
    ///
    /// - Returns: What is wrong about those that another one has.
    mutating func take(
        _ listeners: [RoleListener],
        for entry: RunFile.Entry
    ) -> [ConfigurationFinding] {
        let others = taken
        taken += listeners.map { ($0, .role(entry)) }
        return listeners.compactMap { listener in
            others.first { $0.listener.excludes(listener) }.map { other in
                Self.finding(listener, entry, other.listener, other.owner)
            }
        }
    }

    private static func finding(
        _ listener: RoleListener,
        _ entry: RunFile.Entry,
        _ other: RoleListener,
        _ owner: Owner
    ) -> ConfigurationFinding {
        switch owner {
        case .adminPages:
            entry.place.finding(
                .error,
                "the role \(entry.name) wants to listen on \(listener), but the admin pages of the "
                    + "process are on \(other)",
                "give the role another port, or the process another --admin"
            )
        case .role(let first):
            entry.place.finding(
                .error,
                "the role \(entry.name) wants to listen on \(listener), but the role \(first.name) at "
                    + "\(first.place.full) listens on \(other)",
                "give one of them another port"
            )
        }
    }
}
