/// Builds positioned trees from YAML events: anchors, aliases, merge keys, tags.
struct YAMLReader {
    private let events: YAMLEvents
    private let limits: FormatLimits
    private var anchors: [String: Anchor] = [:]
    private var aliasedNodes = 0

    /// A node that aliases may repeat, with its size.
    private struct Anchor {
        var tree: PositionedTree
        var weight: Int
    }

    init(_ bytes: [UInt8], limits: FormatLimits) {
        self.events = YAMLEvents(bytes)
        self.limits = limits
    }

    mutating func documents() throws(FormatError) -> [PositionedTree] {
        var trees: [PositionedTree] = []
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return trees
            case .documentStart:
                anchors = [:]
                let (tree, _) = try node(try events.next(), depth: 0)
                _ = try events.next()
                if let scalar = tree.scalar, scalar.isPlain, scalar.value.isNull { continue }
                trees.append(tree)
            default: continue
            }
        }
    }

    /// The node that begins with `event`, and how many nodes it has with all aliases spelled out.
    private mutating func node(
        _ event: YAMLEvent,
        depth: Int
    ) throws(FormatError) -> (tree: PositionedTree, weight: Int) {
        let result: (tree: PositionedTree, weight: Int)
        switch event.kind {
        case .alias(let name): return try alias(name, at: event.position)
        case .scalar(let text, let isPlain):
            let scalar = try YAMLScalars.resolve(
                text,
                isPlain: isPlain,
                tag: event.tag,
                at: event.position
            )
            // Long texts weigh more, so that repeating them is limited as well.
            let weight = 1 + text.utf8.count / 64
            result = (PositionedTree(.scalar(scalar), at: event.position), weight)
        case .sequenceStart:
            try check(tag: event, allowed: "seq")
            try limits.check(depth: depth + 1, at: event.position)
            result = try sequence(at: event.position, depth: depth)
        case .mappingStart:
            try check(tag: event, allowed: "map")
            try limits.check(depth: depth + 1, at: event.position)
            result = try mapping(at: event.position, depth: depth)
        default:
            throw FormatError("a value is expected", at: event.position)
        }
        if let name = event.anchor {
            anchors[name] = Anchor(tree: result.tree, weight: result.weight)
        }
        return result
    }

    private mutating func alias(
        _ name: String,
        at position: Position
    ) throws(FormatError) -> (tree: PositionedTree, weight: Int) {
        guard let anchor = anchors[name] else {
            throw FormatError(
                "the alias *\(name)* has no anchor before it",
                remedy: "define &\(name) before it is used, and not around its own use",
                at: position
            )
        }
        aliasedNodes += anchor.weight
        guard aliasedNodes <= limits.aliasedNodes else {
            throw FormatError(
                "the aliases of this text add more than \(limits.aliasedNodes) values",
                remedy: "write fewer or smaller aliases",
                at: position
            )
        }
        return (anchor.tree, anchor.weight)
    }

    private mutating func sequence(
        at position: Position,
        depth: Int
    ) throws(FormatError) -> (tree: PositionedTree, weight: Int) {
        var elements: [PositionedTree] = []
        var weight = 1
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { break }
            let (tree, size) = try node(event, depth: depth + 1)
            elements.append(tree)
            weight += size
        }
        return (PositionedTree(.sequence(elements), at: position), weight)
    }

    private mutating func mapping(
        at position: Position,
        depth: Int
    ) throws(FormatError) -> (tree: PositionedTree, weight: Int) {
        var members: [PositionedTree.Member] = []
        var merged: [PositionedTree.Member] = []
        var seen: Set<String> = []
        var weight = 1
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            let (keyTree, keyWeight) = try node(event, depth: depth + 1)
            let (value, size) = try node(try events.next(), depth: depth + 1)
            weight += keyWeight + size
            guard let key = keyTree.scalar else {
                throw FormatError("a key must be a text, not a list or map", at: event.position)
            }
            if key.isPlain, key.text == "<<" {
                merged += try mergeSources(value, at: event.position)
                continue
            }
            let name = key.isPlain && key.value.isNull ? "null" : key.text
            guard seen.insert(name).inserted else {
                throw FormatError(
                    "the key \"\(name)\" stands twice in one map",
                    remedy: "remove one of them",
                    at: event.position
                )
            }
            members.append((name, event.position, value))
        }
        // Keys of the map itself win over merged ones, and earlier sources over later ones.
        for member in merged where seen.insert(member.key).inserted { members.append(member) }
        return (PositionedTree(.mapping(members), at: position), weight)
    }

    private func mergeSources(
        _ value: PositionedTree,
        at position: Position
    ) throws(FormatError) -> [PositionedTree.Member] {
        if let members = value.mapping { return members }
        var members: [PositionedTree.Member] = []
        for source in value.sequence ?? [] {
            guard let mapping = source.mapping else { throw Self.badMerge(at: position) }
            members += mapping
        }
        guard value.sequence != nil else { throw Self.badMerge(at: position) }
        return members
    }

    private static func badMerge(at position: Position) -> FormatError {
        FormatError("the merge key << needs a map or a list of maps", at: position)
    }

    private func check(tag event: YAMLEvent, allowed: String) throws(FormatError) {
        guard let tag = event.tag, tag != "!", tag != YAMLScalars.prefix + allowed else { return }
        throw YAMLScalars.unsupported(tag, at: event.position)
    }
}
