import Formats

/// A directive as it was written: `name argument ... ;` or with a block.
struct NginxDirective {
    /// A word, after quotes and escapes.
    struct Argument {
        var text: String
        var isQuoted: Bool
    }

    var name: String
    var arguments: [Argument]
    /// What stands between braces; `nil` if the directive ends with a semicolon.
    var block: [NginxDirective]?
    var file: String
    var position: Position

    var place: Place { Place(file, position, name) }
    var texts: [String] { arguments.map(\.text) }

    /// The text of an argument; `nil` if there are fewer.
    subscript(index: Int) -> String? {
        arguments.indices.contains(index) ? arguments[index].text : nil
    }

    /// Whether an argument is the word.
    func has(_ word: String) -> Bool { arguments.contains { $0.text == word } }

    /// What follows `key=` in the first argument that begins so.
    func value(of key: String) -> String? {
        texts.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.utf8.count + 1)) }
    }
}
