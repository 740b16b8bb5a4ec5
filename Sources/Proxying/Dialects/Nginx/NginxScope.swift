/// The directives of a block and of those around it: what the inner says counts.
struct NginxScope {
    /// Outermost first.
    var levels: [[NginxDirective]]

    func adding(_ level: [NginxDirective]) -> NginxScope { NginxScope(levels: levels + [level]) }

    /// The directive of the innermost block that has it.
    func one(_ name: String) -> NginxDirective? {
        for level in levels.reversed() {
            if let found = level.last(where: { $0.name == name }) { return found }
        }
        return nil
    }

    /// The directives of the innermost block that has any of them.
    func all(_ names: String...) -> [NginxDirective] {
        for level in levels.reversed() {
            let found = level.filter { names.contains($0.name) }
            if !found.isEmpty { return found }
        }
        return []
    }

    /// Those of the innermost block only.
    func own(_ name: String) -> [NginxDirective] {
        levels.last?.filter { $0.name == name } ?? []
    }

    func isOn(_ name: String) -> Bool { one(name)?[0] == "on" }
}
