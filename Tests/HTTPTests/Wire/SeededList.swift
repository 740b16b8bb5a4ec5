import TestKit

@testable import HTTP

/// Header fields as a plain list, changed at random together with a block.
struct SeededList {
    private(set) var fields: [(name: String, value: String)] = []
    private var generator: SeededGenerator
    private static let names = [
        "host", "Cookie", "cookie", "x-own", "X-OWN", "X-Other", "Accept", "te", "etag",
    ]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    var text: String { fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|") }

    mutating func step(_ block: inout HeaderBlock) {
        let name = Self.names.randomElement(using: &generator) ?? "a"
        let length = Int.random(in: 0...40, using: &generator)
        let value = String(repeating: "v", count: length) + "\(length)"
        let same = { (field: (name: String, value: String)) in
            field.name.lowercased() == name.lowercased()
        }
        let nameBytes = Array(name.utf8)
        let valueBytes = Array(value.utf8)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...3:
            fields.append((name, value))
            block.append(name: nameBytes.span, value: valueBytes.span)
        case 4...5:
            block.set(name: nameBytes.span, value: valueBytes.span)
            if let index = fields.firstIndex(where: same) {
                fields[index].value = value
                let rest = fields[(index + 1)...].filter { !same($0) }
                fields = fields[...index] + rest
            } else {
                fields.append((name, value))
            }
        case 6:
            block.removeAll(named: nameBytes.span)
            fields.removeAll(where: same)
        case 7...8:
            if let index = fields.indices.randomElement(using: &generator) {
                block.remove(at: index)
                fields.remove(at: index)
            }
        default:
            if let index = fields.indices.randomElement(using: &generator) {
                block.setValue(index, valueBytes.span)
                fields[index].value = value
            }
        }
    }
}
