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

    @Test func `renaming replaces a field of that name`() {
        var fields: Fields = ["a": .integer(1), "b": .integer(2)]
        fields.rename("a", to: "b")
        #expect(fields == ["b": .integer(1)])
    }
}
