import Basics
package import Formats

/// A mapping of a configuration that is read key by key; every mistake gets its place.
///
/// What is never asked for is unknown: `finish` says so, with the nearest key that was asked for.
package final class SettingsSection {
    private let tree: PositionedTree
    private let file: String
    private let path: FieldPath
    /// Where mistakes go.
    package let log: FindingLog
    private var asked: [String] = []

    /// Reads a mapping; anything else is a mistake, and then nothing is in it.
    package init(
        _ tree: PositionedTree,
        file: String,
        path: FieldPath = FieldPath(),
        log: FindingLog
    ) {
        self.tree = tree
        self.file = file
        self.path = path
        self.log = log
        if tree.mapping == nil, tree.scalar?.value.isNull != true {
            mistake("a mapping is expected, not \(tree.json.kind)")
        }
    }

    /// Reads the only document of a file.
    ///
    /// - Returns: The document; `nil` if it cannot be read, which the log tells then.
    package static func document(
        _ bytes: [UInt8],
        file: String,
        log: FindingLog
    ) -> SettingsSection? {
        do throws(FormatError) {
            let trees = try YAML.documents(in: bytes)
            if trees.count > 1 {
                let place = Place(file, trees[1].position)
                log.add(place.finding(.error, "one document is expected", "remove the others"))
            }
            let tree = trees.first ?? PositionedTree(.object(JSONObject()))
            return SettingsSection(tree, file: file, log: log)
        } catch {
            log.add(Place(file, error.position).finding(.error, error.what, error.remedy))
            return nil
        }
    }

    /// Whether a key is there, whatever its value.
    package func has(_ key: String) -> Bool { member(key) != nil }

    private func member(_ key: String) -> PositionedTree? {
        if !asked.contains(key) { asked.append(key) }
        guard let found = tree[key], found.scalar?.value.isNull != true else { return nil }
        return found
    }

    /// Tells a mistake at a key, or of the whole.
    package func mistake(_ what: String, _ remedy: String = "", at key: String? = nil) {
        let place: Place
        if let key {
            place = Place(
                file,
                tree[key]?.position ?? tree.position,
                "\(path.steps.isEmpty ? FieldPath([.key(key)]) : path + key)"
            )
        } else {
            place = Place(file, tree.position, path.steps.isEmpty ? "" : "\(path)")
        }
        log.add(place.finding(.error, what, remedy))
    }

    /// Tells of every key that was never asked for.
    package func finish() {
        for member in tree.mapping ?? [] where !asked.contains(member.key) {
            let place = Place(file, member.keyPosition, "\(path + member.key)")
            log.unknown(place, "key", member.key, among: asked)
        }
    }

    // MARK: Values

    /// A text; numbers and truths keep the text that was written.
    package func text(_ key: String) -> String? {
        guard let found = member(key) else { return nil }
        guard let scalar = found.scalar else {
            mistake("a text is expected, not \(found.json.kind)", at: key)
            return nil
        }
        return scalar.text
    }

    /// A text that must be there.
    package func neededText(_ key: String) -> String {
        guard let found = text(key), !found.isEmpty else {
            mistake("\"\(key)\" is missing")
            return ""
        }
        return found
    }

    /// Texts: a sequence, or a single one.
    package func texts(_ key: String) -> [String] {
        guard let found = member(key) else { return [] }
        if let scalar = found.scalar { return [scalar.text] }
        guard let elements = found.sequence else {
            mistake("a list of texts is expected, not \(found.json.kind)", at: key)
            return []
        }
        return elements.compactMap { element in
            guard let scalar = element.scalar else {
                mistake("a list of texts is expected", at: key)
                return nil
            }
            return scalar.text
        }
    }

    /// The words of a command: a sequence as it is, or a text that `CommandWords` takes apart.
    package func command(_ key: String) -> [String]? {
        guard let found = member(key) else { return nil }
        if found.sequence != nil {
            let words = texts(key)
            if words.isEmpty { mistake("there is no command", at: key) }
            return words.isEmpty ? nil : words
        }
        guard let text = text(key) else { return nil }
        do throws(FormatError) {
            return try CommandWords.of(text)
        } catch {
            mistake(error.what, error.remedy, at: key)
            return nil
        }
    }

    /// A truth.
    package func flag(_ key: String) -> Bool? {
        guard let found = member(key) else { return nil }
        guard let truth = found.scalar?.bool else {
            mistake("true or false is expected", at: key)
            return nil
        }
        return truth
    }

    /// A whole number.
    package func number(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let found = member(key) else { return nil }
        guard let number = found.scalar?.value.int, range.contains(number) else {
            mistake(
                "a whole number from \(range.lowerBound) to \(range.upperBound) is expected",
                at: key
            )
            return nil
        }
        return number
    }

    /// A duration: `90s`, `1h30m`, or plain seconds; never negative.
    package func duration(_ key: String) -> Duration? {
        guard let text = text(key) else { return nil }
        if let seconds = Double(text), seconds >= 0, seconds < 1e9 {
            return .nanoseconds(Int64(seconds * 1e9))
        }
        guard let duration = Duration(text: text), duration >= .zero else {
            mistake("\"\(text)\" is no duration", "write 30s or 5m", at: key)
            return nil
        }
        return duration
    }

    /// One of some words.
    package func choice<Word: RawRepresentable & CaseIterable>(
        _ key: String,
        _ type: Word.Type
    ) -> Word? where Word.RawValue == String {
        guard let text = text(key) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        mistake(
            "\"\(text)\" is not known",
            NearestMatch.of(text, among: words).map { "did you mean \"\($0)\"?" }
                ?? "write one of \(words.joined(separator: ", "))",
            at: key
        )
        return nil
    }

    /// Permission bits in octal: `0640`.
    package func mode(_ key: String) -> UInt32? {
        guard let text = text(key) else { return nil }
        guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
            mistake("\"\(text)\" is no mode", "write it in octal: 0640", at: key)
            return nil
        }
        return mode
    }

    /// A mapping below.
    package func section(_ key: String) -> SettingsSection? {
        guard let found = member(key) else { return nil }
        return SettingsSection(found, file: file, path: path + key, log: log)
    }

    /// A sequence of mappings below; a single one may stand for it.
    package func sections(_ key: String) -> [SettingsSection] {
        guard let found = member(key) else { return [] }
        guard let elements = found.sequence else {
            return [SettingsSection(found, file: file, path: path + key, log: log)]
        }
        return elements.enumerated().map { index, element in
            SettingsSection(element, file: file, path: (path + key)[index], log: log)
        }
    }

    /// Names and texts: `{a: b}`.
    package func pairs(_ key: String) -> [(name: String, value: String)] {
        guard let found = member(key) else { return [] }
        guard let members = found.mapping else {
            mistake("a mapping is expected, not \(found.json.kind)", at: key)
            return []
        }
        return members.compactMap { member in
            guard let scalar = member.value.scalar else {
                mistake("the value of \"\(member.key)\" is no text", at: key)
                return nil
            }
            return (member.key, scalar.text)
        }
    }
}
