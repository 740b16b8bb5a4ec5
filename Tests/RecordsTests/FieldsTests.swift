import Testing

@testable import Records

@Suite("Fields") struct FieldsTests {
    @Test func `a field that is set again keeps its place`() {
        var fields: Fields = ["a": .integer(1), "b": .integer(2)]
        fields["a"] = .integer(3)
        #expect(fields.keys == ["a", "b"])
        #expect(fields["a"] == .integer(3))
    }

    @Test func `a nested field is changed in place`() {
        var fields: Fields = ["o": .array([.integer(1)])]
        if case .array(var list)? = fields["o"] {
            list.append(.integer(2))
            fields["o"] = .array(list)
        }
        #expect(fields["o"] == .array([.integer(1), .integer(2)]))
        fields["o"] = nil
        #expect(fields.isEmpty)
    }

    @Test func `maps are equal in any order and have one hash`() {
        let one: Fields = ["a": .null, "b": .boolean(true)]
        let other: Fields = ["b": .boolean(true), "a": .null]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": .null, "c": .boolean(true)])
    }

    @Test func `a field is found where it stood, and elsewhere too`() {
        let fields: Fields = ["a": .integer(1), "b": .integer(2)]
        var guess = 0
        #expect(fields.index(of: "b", guess: &guess) == 1)
        #expect(guess == 1)
        #expect(fields.index(of: "b", guess: &guess) == 1)
        #expect(fields.index(of: "a", guess: &guess) == 0)
        guess = 7
        #expect(fields.index(of: "c", guess: &guess) == nil)
        var changed = fields
        changed.update("b", .null, guess: &guess)
        changed.update("c", .null, guess: &guess)
        #expect(changed == ["a": .integer(1), "b": .null, "c": .null])
    }

    @Test func `names that only look the same are two`() {
        var fields: Fields = ["\u{e9}": .integer(1)]
        fields["e\u{301}"] = .integer(2)
        #expect(fields.count == 2)
        var guess = 0
        #expect(fields.index(of: "e\u{301}", guess: &guess) == 1)
        #expect(fields["\u{e9}"] == .integer(1))
    }

    @Test func `renaming replaces a field of that name`() {
        var fields: Fields = ["a": .integer(1), "b": .integer(2)]
        fields.rename("a", to: "b")
        #expect(fields == ["b": .integer(1)])
    }
}

@Suite("Fields builder") struct FieldsBuilderTests {
    @Test func `many names cost no more than their length`() throws {
        let names = (0..<60_000).map { "k\($0 % 50_000)" }
        let line = names.map { "\($0)=1" }.joined(separator: " ")
        #expect(LogfmtReader.fields(Array(line.utf8).span)?.count == 50_000)
        let pairs = try KeyValueReader().fields(Array(line.utf8).span)
        #expect(pairs.count == 50_000)
        #expect(pairs.entries[9_999].value == .array([.text("1"), .text("1")]))
        #expect(pairs.entries[49_999].value == .text("1"))
        let tabs = names.map { "\($0):1" }.joined(separator: "\t")
        #expect(LTSVReader.fields(Array(tabs.utf8).span)?.count == 50_000)
    }

    @Test func `a list of one key grows in place`() throws {
        let line = Array(repeating: "k=1", count: 50_000).joined(separator: " ")
        let pairs = try KeyValueReader().fields(Array(line.utf8).span)
        guard case .array(let list)? = pairs["k"] else {
            Issue.record("no list")
            return
        }
        #expect(list.count == 50_000)
    }
}
