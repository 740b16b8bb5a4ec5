import Basics
package import Formats

/// What a file for `companion run` says.
package struct RunFile: Sendable, Hashable {
    /// One role.
    package struct Entry: Sendable, Hashable {
        /// Its name among the roles of the process.
        package var name: String
        /// The role.
        package var role: String
        /// The words behind the role's name.
        package var args: [String]
        /// Variables beside those of the process.
        package var environment: [String: String]
        /// The role's own configuration, as a text; nil if its words name it.
        package var configuration: String?
        /// Where the entry stands, for messages.
        package var place: Place
        /// Whether the role, while it runs, can be given another configuration.
        package var rereadsConfiguration = false
    }

    /// The most roles of one process.
    package static let rolesMaximum = 64

    /// The roles, those that feed others before those that are fed.
    package var entries: [Entry]

    /// Reads a file that may name these roles.
    ///
    /// - Throws: All that is wrong with it.
    package static func read(
        _ bytes: [UInt8],
        name: String,
        roles: [String]
    ) throws(ConfigurationErrors) -> RunFile {
        let log = FindingLog(isLenient: false)
        let documents: [PositionedTree]
        do throws(FormatError) {
            documents = try YAML.documents(in: bytes)
        } catch {
            log.error(Place(name, error.position), error.what, error.remedy)
            throw ConfigurationErrors(log.sorted)
        }
        var reader = RunFileReader(file: name, log: log, roles: roles)
        let entries = reader.entries(documents)
        guard !log.hasErrors else { throw ConfigurationErrors(log.sorted) }
        return RunFile(entries: entries)
    }
}

/// Reads the tree of a file.
private struct RunFileReader {
    let file: String
    let log: FindingLog
    let roles: [String]
    private var names: Set<String> = []

    init(file: String, log: FindingLog, roles: [String]) {
        self.file = file
        self.log = log
        self.roles = roles
    }

    mutating func entries(_ documents: [PositionedTree]) -> [RunFile.Entry] {
        guard let document = documents.first, let members = document.mapping else {
            let position = documents.first?.position ?? .start
            log.error(Place(file, position), "a map with roles is expected", "begin with roles:")
            return []
        }
        if documents.count > 1 {
            log.error(Place(file, documents[1].position), "one document is expected")
        }
        check(members, known: ["roles"], at: "")
        guard let list = document["roles"]?.sequence, !list.isEmpty else {
            log.error(
                Place(file, document["roles"]?.position ?? document.position, "roles"),
                "at least one role is expected",
                "write - role: logs"
            )
            return []
        }
        if list.count > RunFile.rolesMaximum {
            log.error(
                Place(file, list[RunFile.rolesMaximum].position, "roles"),
                "more than \(RunFile.rolesMaximum) roles"
            )
            return []
        }
        return list.enumerated().compactMap { entry($0.element, "roles[\($0.offset)]") }
    }

    private mutating func entry(_ tree: PositionedTree, _ path: String) -> RunFile.Entry? {
        guard let members = tree.mapping else {
            log.error(Place(file, tree.position, path), "a map with name and role is expected")
            return nil
        }
        check(members, known: ["name", "role", "args", "env", "config"], at: path)
        guard let role = text(tree["role"], path + ".role") else {
            if tree["role"] == nil {
                log.error(Place(file, tree.position, path), "\"role\" is missing")
            }
            return nil
        }
        let place = Place(file, tree["role"]?.position, path)
        if !roles.contains(role) {
            log.unknown(
                Place(file, tree["role"]?.position, path + ".role"),
                "role",
                role,
                among: roles
            )
        }
        let name = tree["name"] == nil ? role : text(tree["name"], path + ".name") ?? role
        let isLabel =
            name.utf8.count <= 63 && !name.isEmpty
            && name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
        if !isLabel {
            log.error(
                Place(file, tree["name"]?.position, path + ".name"),
                "\"\(name)\" is no name",
                "write at most 63 small letters, digits and -"
            )
        }
        if !names.insert(name).inserted {
            log.error(
                Place(file, tree["name"]?.position ?? tree.position, path),
                "a second role is called \"\(name)\"",
                "give it another name"
            )
        }
        return RunFile.Entry(
            name: name,
            role: role,
            args: texts(tree["args"], path + ".args"),
            environment: environment(tree["env"], path + ".env"),
            configuration: configuration(tree["config"]),
            place: place
        )
    }

    /// A text as it is written; a map or a list as JSON, which is YAML as well.
    private func configuration(_ tree: PositionedTree?) -> String? {
        guard let tree else { return nil }
        return tree.scalar?.text ?? tree.json.text(pretty: true) + "\n"
    }

    private func check(
        _ members: [PositionedTree.Member],
        known: [String],
        at path: String
    ) {
        for member in members where !known.contains(member.key) {
            log.unknown(Place(file, member.keyPosition, path), "key", member.key, among: known)
        }
    }

    private func text(_ tree: PositionedTree?, _ path: String) -> String? {
        guard let tree else { return nil }
        guard let scalar = tree.scalar, !scalar.value.isNull else {
            log.error(Place(file, tree.position, path), "a text is expected, not \(tree.json.kind)")
            return nil
        }
        return scalar.text
    }

    private func texts(_ tree: PositionedTree?, _ path: String) -> [String] {
        guard let tree else { return [] }
        guard let list = tree.sequence else {
            log.error(Place(file, tree.position, path), "a list is expected, not \(tree.json.kind)")
            return []
        }
        return list.enumerated().compactMap { text($0.element, path + "[\($0.offset)]") }
    }

    private func environment(_ tree: PositionedTree?, _ path: String) -> [String: String] {
        guard let tree else { return [:] }
        guard let members = tree.mapping else {
            log.error(
                Place(file, tree.position, path),
                "a map of names and values is expected, not \(tree.json.kind)"
            )
            return [:]
        }
        var found: [String: String] = [:]
        for member in members {
            found[member.key] = text(member.value, path + "." + member.key)
        }
        return found
    }
}
