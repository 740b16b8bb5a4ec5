import Basics
import Formats

/// Takes files of Vector's language apart: TOML, YAML or JSON, by their names or what they look like.
struct VectorText {
    let log: FindingLog
    let surroundings: LogSurroundings

    /// The root of a file's content with variables put in; nil and errors if it cannot be read.
    func node(_ text: LogText) -> TreeNode? {
        do throws(FormatError) {
            guard var tree = try tree(text) else { return nil }
            // A file of a component's directory is one component.
            for name in text.part.reversed() {
                tree = PositionedTree(.mapping([(name, .start, tree)]), at: .start)
            }
            let variables = VectorVariables(surroundings, log: log)
            tree = variables.filled(tree, FieldPath(), text.name)
            let root = TreeNode(tree: tree, path: FieldPath(), file: text.name, log: log)
            refuseSecrets(root)
            return root
        } catch {
            log.error(Place(text.name, error.position), error.what, error.remedy)
            return nil
        }
    }

    private func tree(_ text: LogText) throws(FormatError) -> PositionedTree? {
        if Self.isTOML(text) {
            return try TOML.document(in: text.bytes, hasVariables: true)
        }
        let trees = try YAML.documents(in: text.bytes)
        guard let tree = trees.first else {
            return PositionedTree(.mapping([]), at: .start)
        }
        if trees.count > 1 {
            log.error(
                Place(text.name, trees[1].position),
                "one document is expected",
                "remove the --- and what follows"
            )
        }
        return tree
    }

    /// Whether a file is TOML: by its name, or because its first line that says something is a header or has a
    /// key before an equals sign.
    private static func isTOML(_ text: LogText) -> Bool {
        let name = text.name.lowercased()
        if name.hasSuffix(".toml") { return true }
        if name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.hasSuffix(".json") {
            return false
        }
        for line in text.bytes.split(separator: 0x0A) {
            let trimmed = line.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let first = trimmed.first, first != UInt8(ascii: "#") else { continue }
            if first == UInt8(ascii: "[") { return true }
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "-") { return false }
            let mark = trimmed.first { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }
            return mark == UInt8(ascii: "=")
        }
        return false
    }

    private func refuseSecrets(_ node: TreeNode) {
        if let scalar = node.tree.scalar {
            guard scalar.text.hasBytes(of: "SECRET[") else { return }
            log.unsupported(
                node.place,
                "secrets of backends are not supported",
                "put it into the environment and write ${NAME}"
            )
            return
        }
        for (index, element) in (node.tree.sequence ?? []).enumerated() {
            refuseSecrets(node.at(element, node.path[index]))
        }
        for member in node.tree.mapping ?? [] {
            refuseSecrets(node.at(member.value, node.path + member.key))
        }
    }
}
