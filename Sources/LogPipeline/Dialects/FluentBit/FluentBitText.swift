import Basics
import Formats

/// Reads classic configurations: sections of indented keys, `@INCLUDE` and `@SET`.
final class FluentBitText {
    /// The most files that includes may bring in, Fluent Bit's own limit being 32.
    static let filesMaximum = 256

    private let log: FindingLog
    private let surroundings: LogSurroundings
    private let variables: FluentBitVariables
    private var files: Set<String> = []
    private(set) var sections: [FluentBitSection] = []

    init(log: FindingLog, surroundings: LogSurroundings, variables: FluentBitVariables) {
        self.log = log
        self.surroundings = surroundings
        self.variables = variables
    }

    /// Reads a file and those that it includes; sections gather in order.
    func read(_ text: LogText) {
        files.insert(text.name)
        defer { files.remove(text.name) }
        var number = 0
        var isOpen = false
        var saysUnindented = true
        let whole = String(decoding: text.bytes, as: UTF8.self)
        // A carriage return and the line feed behind it are one character.
        for raw in whole.split(
            omittingEmptySubsequences: false,
            whereSeparator: { $0 == "\n" || $0 == "\r\n" }
        ) {
            number += 1
            var line = raw
            if number == 1, line.unicodeScalars.first == "\u{FEFF}" {
                line.unicodeScalars.removeFirst()
            }
            let content = line.drop { $0 == " " || $0 == "\t" }
            let indent = line.distance(from: line.startIndex, to: content.startIndex)
            let place = Place(text.name, Position(line: number, column: indent + 1))
            guard let first = content.first, first != "#" else { continue }
            if first == "@" {
                command(String(content.trimmed), place, file: text.name)
                isOpen = isOpen && !sections.isEmpty
                continue
            }
            if first == "[" {
                isOpen = open(String(content.trimmed), indent, place)
                continue
            }
            guard isOpen, !sections.isEmpty else {
                log.error(place, "the key stands in no section", "begin one, such as [INPUT]")
                continue
            }
            if indent == 0, saysUnindented {
                saysUnindented = false
                log.warn(
                    place,
                    "keys of a section are indented in Fluent Bit, which refuses this",
                    "indent the keys below a header"
                )
            }
            key(content, place, column: indent)
        }
    }

    private func open(_ text: String, _ indent: Int, _ place: Place) -> Bool {
        guard let end = text.firstIndex(of: "]") else {
            log.error(place, "the header of a section does not end", "write ] after its name")
            return false
        }
        let name = String(text[text.index(after: text.startIndex)..<end].trimmed)
        let rest = text[text.index(after: end)...].trimmed
        if !rest.isEmpty, !rest.hasPrefix("#") {
            log.warn(place, "what follows the header [\(name)] is not read", "remove it")
        }
        sections.append(FluentBitSection(kind: name.lowercased(), place: place))
        return true
    }

    private func key(_ content: Substring, _ place: Place, column: Int) {
        let key = content.prefix { $0 != " " && $0 != "\t" }
        let after = content.dropFirst(key.count)
        let value = after.trimmed
        guard !value.isEmpty else {
            log.error(place, "the key \"\(key)\" has no value", "write one after a blank")
            return
        }
        let gap = after.distance(from: after.startIndex, to: value.startIndex)
        let valueColumn = column + key.count + gap + 1
        let valuePlace = Place(
            place.file,
            Position(line: place.position?.line ?? 1, column: valueColumn)
        )
        sections[sections.count - 1].properties.append(
            FluentBitProperty(
                key: String(key),
                value: String(value),
                place: place,
                valuePlace: valuePlace
            )
        )
    }

    private func command(_ text: String, _ place: Place, file: String) {
        let word = text.prefix { $0 != " " && $0 != "\t" }
        let rest = String(text.dropFirst(word.count).trimmed)
        switch word.lowercased() {
        case "@set":
            guard let equals = rest.firstIndex(of: "="), equals != rest.startIndex else {
                log.error(place, "@SET needs a name and a value", "write @SET name=value")
                return
            }
            variables.set(
                String(rest[..<equals].trimmed),
                String(rest[rest.index(after: equals)...].trimmed)
            )
        case "@include":
            guard !rest.isEmpty else {
                log.error(place, "@INCLUDE needs a path")
                return
            }
            include(rest, place, file: file)
        default:
            log.unknown(place, "the command", String(word), among: ["@INCLUDE", "@SET"])
        }
    }

    private func include(_ path: String, _ place: Place, file: String) {
        let path = surroundings.resolved(
            variables.filled(path, place),
            below: surroundings.baseDirectory
        )
        var paths = [path]
        if NamePattern.isPattern(path) {
            paths = surroundings.files(path)
            if paths.isEmpty { log.warn(place, "no file fits \(path)") }
        }
        for path in paths {
            guard files.count < 16 else {
                log.error(place, "files include each other too deeply")
                return
            }
            included += 1
            guard included <= Self.filesMaximum else {
                log.error(place, "more than \(Self.filesMaximum) files are included")
                return
            }
            guard !files.contains(path) else {
                log.error(place, "\(path) includes itself")
                continue
            }
            guard let bytes = surroundings.readFile(path) else {
                log.error(place, "\(path) cannot be read")
                continue
            }
            guard bytes.count <= LogConfigurations.bytesMaximum else {
                log.error(place, "\(path) is too large")
                continue
            }
            read(LogText(name: path, bytes: bytes))
        }
    }
    private var included = 0
}
