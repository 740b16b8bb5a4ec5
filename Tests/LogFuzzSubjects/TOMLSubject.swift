import Formats

/// TOML: what is read stays the same when it is written and read again, and every place lies in the text.
public func fuzzTOML(_ bytes: [UInt8]) {
    let lines = 1 + bytes.count { $0 == 0x0A }
    do throws(FormatError) {
        let tree = try TOML.document(in: bytes)
        check(tree, lines)
        let text = written(tree.json.object ?? JSONObject())
        do throws(FormatError) {
            let again = try TOML.document(in: text)
            precondition(again.json == tree.json, "it is read otherwise when it is written again")
        } catch {
            preconditionFailure("what is written is not read: \(error)")
        }
    } catch {
        guard let position = error.position else {
            preconditionFailure("an error without a place: \(error)")
        }
        precondition((1...lines).contains(position.line), "a place outside the text: \(error)")
        precondition(!error.what.isEmpty && !error.what.contains("\n"), "no sentence: \(error)")
    }
}

private func check(_ tree: PositionedTree, _ lines: Int) {
    precondition((1...lines).contains(tree.position.line), "a place outside the text")
    for element in tree.sequence ?? [] { check(element, lines) }
    var keys: Set<String> = []
    for member in tree.mapping ?? [] {
        precondition((1...lines).contains(member.keyPosition.line), "a place outside the text")
        precondition(keys.insert(member.key).inserted, "a key stands twice")
        check(member.value, lines)
    }
}

/// A document with every key in quotes and every table in braces.
private func written(_ object: JSONObject) -> String {
    object.map { "\(quoted($0.key)) = \(written($0.value))\n" }.joined()
}

private func written(_ value: JSON) -> String {
    switch value {
    case .null: "\"\""
    case .bool(let truth): "\(truth)"
    case .int(let number): "\(number)"
    case .double(let number): "\(number)"
    case .string(let text): quoted(text)
    case .array(let elements): "[" + elements.map(written).joined(separator: ",") + "]"
    case .object(let members):
        "{" + members.map { "\(quoted($0.key)) = \(written($0.value))" }.joined(separator: ",")
            + "}"
    }
}

private func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        if scalar.value < 32 || scalar.value == 127 || scalar == "\"" || scalar == "\\" {
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
            quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
