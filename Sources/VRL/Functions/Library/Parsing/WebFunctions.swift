import Records

/// `parse_url`, `parse_query_string` and `parse_tokens`.
enum WebFunctions {
    static let all: [Function] = [parseURL, parseQueryString, parseTokens]

    private static let parseQueryString = Function(
        "parse_query_string",
        [Parameter("value", .bytes)],
        .object([:], others: [.bytes, .array])
    ) { arguments, _ throws(FunctionError) in
        .object(fields(ofQuery: try arguments.bytes(0).array))
    }

    /// What a query of an address tells; a name that comes again makes a list.
    static func fields(ofQuery bytes: [UInt8]) -> Fields {
        var query = bytes[...]
        if query.first == UInt8(ascii: "?") { query = query.dropFirst() }
        var fields: Fields = [:]
        for (key, value) in pairs(query) {
            switch fields[key] {
            case nil: fields[key] = .text(value)
            case .array(var items)?:
                items.append(.text(value))
                fields[key] = .array(items)
            case let first?: fields[key] = .array([first, .text(value)])
            }
        }
        return fields
    }

    /// The names and values of a form.
    static func pairs(_ query: ArraySlice<UInt8>) -> [(String, String)] {
        query.split(separator: UInt8(ascii: "&")).map { part in
            let cut = part.firstIndex(of: UInt8(ascii: "="))
            let value = cut.map { part[($0 + 1)...] } ?? []
            func text(_ bytes: ArraySlice<UInt8>) -> String {
                String(decoding: Percent.decode(bytes, isForm: true), as: UTF8.self)
            }
            return (text(part[..<(cut ?? part.endIndex)]), text(value))
        }
    }

    private static let parseURL = Function(
        "parse_url",
        [Parameter("value", .bytes), .optional("default_known_ports", .boolean)],
        .object([
            "scheme": TypeInfo(.bytes), "username": TypeInfo(.bytes), "password": TypeInfo(.bytes),
            "path": TypeInfo([.bytes, .null]), "host": TypeInfo([.bytes, .null]),
            "port": TypeInfo([.integer, .null]), "fragment": TypeInfo([.bytes, .null]),
            "query": .object([:], others: .bytes),
        ]),
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let url = try WebAddress(arguments.text(0))
        let usual = WebAddress.usualPorts[url.scheme]
        var port = url.port == usual ? nil : url.port
        if port == nil, try arguments.boolean(1, or: false) { port = usual }
        var query: Fields = [:]
        for (key, value) in pairs(Array((url.query ?? "").utf8)[...]) { query[key] = .text(value) }
        return .object([
            "scheme": .text(url.scheme), "username": .text(url.username),
            "password": .text(url.password), "path": .text(url.path),
            "host": url.host.map { .text($0) } ?? .null,
            "port": port.map { .integer(Int64($0)) } ?? .null,
            "fragment": url.fragment.map { .text($0) } ?? .null, "query": .object(query),
        ])
    }

    private static let parseTokens = Function(
        "parse_tokens",
        [Parameter("value", .bytes)],
        .array(of: [.bytes, .null])
    ) { arguments, _ throws(FunctionError) in
        let text = try arguments.bytes(0).array
        var tokens: [Value] = []
        var place = 0
        while place < text.count {
            let byte = text[place]
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                place += 1
                continue
            }
            var end: Int?
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "[") {
                let close = byte == UInt8(ascii: "[") ? UInt8(ascii: "]") : byte
                var index = place + 1
                while index < text.count, text[index] != close {
                    index += text[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                if index < text.count { end = index }
            }
            let token: ArraySlice<UInt8>
            if let end {
                token = text[(place + 1)..<end]
                place = end + 1
            } else {
                token = text[place...].prefix { $0 != 0x20 && !(0x09...0x0D).contains($0) }
                place = token.endIndex
            }
            let isNothing = token.isEmpty || token.elementsEqual([UInt8(ascii: "-")])
            tokens.append(isNothing ? .null : .text(String(decoding: token, as: UTF8.self)))
        }
        return .array(tokens)
    }
}
