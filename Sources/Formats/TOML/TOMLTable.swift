/// A table while its document is read: TOML adds to tables from several places.
final class TOMLTable {
    /// How a table came to be, which says who may add to it.
    enum Origin {
        /// On the way to another header's table: a header of its own may still come.
        case implied
        /// By its header.
        case header
        /// On the way of a dotted key; headers may add tables below it, but not name it.
        case dotted
        /// In braces: nothing may be added.
        case inline
    }

    /// What stands under a key.
    enum Entry {
        case value(PositionedTree)
        case table(TOMLTable)
        case tables(TOMLTableList)
    }

    var origin: Origin
    let position: Position
    let depth: Int
    private(set) var members: [(key: String, position: Position, entry: Entry)] = []
    private var places: [String: Int] = [:]

    init(_ origin: Origin, at position: Position, depth: Int) {
        self.origin = origin
        self.position = position
        self.depth = depth
    }

    subscript(key: String) -> Entry? { places[key].map { members[$0].entry } }

    func position(of key: String) -> Position? { places[key].map { members[$0].position } }

    /// Adds a key that is not there yet.
    func add(_ key: String, _ entry: Entry, at position: Position) {
        places[key] = members.count
        members.append((key, position, entry))
    }

    /// Nothing may be added to it or to the tables that its dotted keys made.
    func close() {
        origin = .inline
        for member in members {
            if case .table(let table) = member.entry { table.close() }
        }
    }

    /// What was read, as a tree.
    var tree: PositionedTree {
        let content = members.map { member -> PositionedTree.Member in
            let value: PositionedTree =
                switch member.entry {
                case .value(let tree): tree
                case .table(let table): table.tree
                case .tables(let list):
                    PositionedTree(.sequence(list.tables.map(\.tree)), at: list.position)
                }
            return (member.key, member.position, value)
        }
        return PositionedTree(.mapping(content), at: position)
    }
}

/// An array of tables while its document is read; it is never empty.
final class TOMLTableList {
    let position: Position
    private(set) var tables: [TOMLTable]
    private(set) var last: TOMLTable

    init(_ first: TOMLTable, at position: Position) {
        self.position = position
        tables = [first]
        last = first
    }

    func append(_ table: TOMLTable) {
        tables.append(table)
        last = table
    }
}
