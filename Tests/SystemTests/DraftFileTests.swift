import TestKit
import Testing

@testable import System

@Suite("Files that are written beside their places") struct DraftFileTests {
    @Test func `nobody sees a part, and nothing is left of a draft that is dropped`() throws {
        let folder = try TemporaryDirectory()
        let target = try folder.write("old", to: "f")
        do {
            let draft = try DraftFile(for: target)
            try draft.append(Array("half".utf8))
            #expect(try Files.text(target) == "old")
            #expect(try Files.list(folder.path).count == 2)
        }
        #expect(try Files.list(folder.path) == ["f"])
        let draft = try DraftFile(for: target)
        try draft.append(Array("thrown away".utf8))
        try draft.empty()
        try draft.append(Array("new".utf8))
        try draft.commit(mode: 0o600)
        #expect(try Files.text(target) == "new")
        #expect(try Files.stat(target).mode == 0o600)
        #expect(try Files.list(folder.path) == ["f"])
    }

    @Test func `what a kill has left is swept, and what lives is not`() throws {
        let folder = try TemporaryDirectory()
        let target = folder.file("f")
        try folder.write("left", to: ".f.0123abcd.draft")
        try folder.write("of another", to: ".g.0123abcd.draft")
        let living = try DraftFile(for: target)
        try living.append([1])
        #expect(DraftFile.sweep(target) == 1)
        #expect(try Files.list(folder.path).count == 2)
        try living.commit()
        #expect(try Files.list(folder.path) == [".g.0123abcd.draft", "f"])
    }

    @Test func `a file is touched`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("f")
        try Files.touch(path)
        let first = try Files.stat(path).modified
        try Files.write(path, "x")
        try Files.touch(path)
        #expect(try Files.stat(path).modified >= first)
        #expect(try Files.text(path) == "x")
        #expect(throws: SystemError.self) { try Files.touch(folder.file("none/f")) }
    }
}
