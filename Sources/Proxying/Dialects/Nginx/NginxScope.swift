/// The directives of a block and of those around it: what the inner says counts.
struct NginxScope {
    /// A block whose directives are found by their names.
    private final class Level {
        let directives: [NginxDirective]
        private var places: [String: [Int]] = [:]

        init(_ directives: [NginxDirective]) {
            self.directives = directives
            for (place, directive) in directives.enumerated() {
                places[directive.name, default: []].append(place)
            }
        }

        func places(of name: String) -> [Int] { places[name] ?? [] }
    }

    /// How many directives and blocks were looked at.
    final class Looks {
        fileprivate(set) var count = 0
    }

    /// Outermost first.
    private var levels: [Level]
    private let looks: Looks

    init(_ block: [NginxDirective], _ looks: Looks) {
        levels = [Level(block)]
        looks.count += block.count
        self.looks = looks
    }

    func adding(_ level: [NginxDirective]) -> NginxScope {
        looks.count += level.count
        var scope = self
        scope.levels.append(Level(level))
        return scope
    }

    /// The directive of the innermost block that has it.
    func one(_ name: String) -> NginxDirective? {
        for level in levels.reversed() {
            looks.count += 1
            if let place = level.places(of: name).last { return level.directives[place] }
        }
        return nil
    }

    /// The directives of the innermost block that has any of them.
    func all(_ names: String...) -> [NginxDirective] {
        for level in levels.reversed() {
            let found = names.flatMap { level.places(of: $0) }.sorted()
            looks.count += 1 + found.count
            if !found.isEmpty { return found.map { level.directives[$0] } }
        }
        return []
    }

    /// Those of the innermost block only.
    func own(_ name: String) -> [NginxDirective] {
        guard let level = levels.last else { return [] }
        let found = level.places(of: name)
        looks.count += 1 + found.count
        return found.map { level.directives[$0] }
    }

    func isOn(_ name: String) -> Bool { one(name)?[0] == "on" }
}
