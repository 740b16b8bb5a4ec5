extension JSON {
    /// Reads one JSON text (RFC 8259), strictly: UTF-8, no trailing text, no duplicate keys.
    ///
    /// - Throws: where and why the text is not JSON, or which limit it exceeds.
    public static func parse(
        _ bytes: some Collection<UInt8>,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> JSON {
        try limits.check(size: bytes.count)
        var parser = JSONParser(Array(bytes), limits: limits)
        let value = try parser.value(depth: 0)
        try parser.end()
        return value
    }

    /// Reads one JSON text; see the form for bytes.
    ///
    /// - Throws: where and why the text is not JSON, or which limit it exceeds.
    public static func parse(
        _ text: String,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> JSON {
        try parse(text.utf8, limits: limits)
    }
}

extension PositionedTree {
    /// Reads one JSON text and keeps where every value stands.
    ///
    /// - Throws: where and why the text is not JSON, or which limit it exceeds.
    public static func parseJSON(
        _ bytes: some Collection<UInt8>,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> PositionedTree {
        try limits.check(size: bytes.count)
        var parser = JSONParser(Array(bytes), limits: limits)
        let tree = try parser.tree(depth: 0)
        try parser.end()
        return tree
    }

    /// Reads JSON texts one after the other, as `kubectl` reads files that begin with a brace.
    ///
    /// - Throws: where and why the text is not JSON, or which limit it exceeds.
    public static func parseJSONStream(
        _ bytes: some Collection<UInt8>,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> [PositionedTree] {
        try limits.check(size: bytes.count)
        var parser = JSONParser(Array(bytes), limits: limits)
        var trees: [PositionedTree] = []
        while !parser.isAtEnd { trees.append(try parser.tree(depth: 0)) }
        return trees
    }
}
