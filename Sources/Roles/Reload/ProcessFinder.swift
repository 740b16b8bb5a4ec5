import Basics
import System

/// The processes that can be seen: those of the whole pod if its containers share a process namespace.
struct ProcessFinder: Sendable {
    /// A process, as `/proc` shows it.
    struct Entry: Sendable, Hashable {
        var pid: Int32
        var parent: Int32
        /// The first 15 bytes of the program's name.
        var name: String
        /// The program's file; `nil` if this user may not know.
        var file: String? = nil
        /// The first word of its command line; `nil` if it is empty.
        var word: String? = nil
    }

    /// The processes.
    let entries: [Entry]
    /// This program's own number.
    let own: Int32

    /// Those that are given.
    init(_ entries: [Entry], own: Int32) {
        self.entries = entries
        self.own = own
    }

    /// Those of this machine or pod now.
    ///
    /// - Throws: `unavailable` if `/proc` cannot be read.
    static func now(_ root: String = "/proc") throws(Failure) -> ProcessFinder {
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(root)
        } catch {
            throw Failure("cannot look for processes", error)
        }
        let entries = names.compactMap { name in Int32(name).flatMap { entry(root, $0) } }
        return ProcessFinder(entries, own: Host.processID)
    }

    /// What `/proc` tells of one process; `nil` if it is gone.
    private static func entry(_ root: String, _ pid: Int32) -> Entry? {
        let folder = "\(root)/\(pid)"
        guard let bytes = try? Files.read(folder + "/stat", limit: 64 << 10),
            let (name, parent) = status(String(decoding: bytes, as: UTF8.self))
        else { return nil }
        let line = (try? Files.read(folder + "/cmdline", limit: 1 << 20)) ?? []
        let first = line.prefix { $0 != 0 }
        return Entry(
            pid: pid,
            parent: parent,
            name: name,
            file: try? Files.readLink(folder + "/exe"),
            word: first.isEmpty ? nil : String(decoding: first, as: UTF8.self)
        )
    }

    /// Name and parent in the text of `stat`: `12 (a name) S 1 ...`.
    static func status(_ text: String) -> (name: String, parent: Int32)? {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"),
            open < close
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
        return (String(text[text.index(after: open)..<close]), parent)
    }

    /// The processes of a program: by its file, the first word of its command line, or its name.
    ///
    /// Of a program and the workers that it has started only the first is meant.
    /// - Parameter program: A name, or a path with a slash.
    /// - Returns: The processes by number; empty if there are none.
    func find(_ program: String) -> [Entry] {
        let matches = entries.filter { $0.pid != own && Self.matches($0, program) }
        let numbers = Set(matches.map(\.pid))
        return matches.filter { !numbers.contains($0.parent) }.sorted { $0.pid < $1.pid }
    }

    private static func matches(_ entry: Entry, _ program: String) -> Bool {
        if program.contains("/") { return entry.file == program || entry.word == program }
        let kernel = String(decoding: Array(program.utf8.prefix(15)), as: UTF8.self)
        if entry.name == kernel, program.utf8.count <= 15 { return true }
        if let file = entry.file, base(file) == program { return true }
        guard let word = entry.word else { return false }
        // Servers write what they do there: `nginx: master process`.
        let title = word.prefix { $0 != " " && $0 != ":" }
        return base(word) == program || base(String(title)) == program
    }

    private static func base(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        // A program whose file was replaced while it runs.
        return name.hasSuffix(" (deleted)") ? String(name.dropLast(10)) : name
    }

    /// Why a program was not found, and what to do.
    func missing(_ program: String) -> Failure {
        let others = entries.filter { $0.pid != own }
        if others.isEmpty {
            return Failure(
                .notFound,
                "no process of \(program) can be seen",
                cause: "this container sees its own processes only",
                remedy: "set shareProcessNamespace: true in the pod"
            )
        }
        var known: [String] = []
        for entry in others where !known.contains(entry.name) { known.append(entry.name) }
        return Failure(
            .notFound,
            "no process of \(program) can be seen",
            cause: "there are \(known.prefix(8).joined(separator: ", "))",
            remedy: "give the name of one of these, or wait until it has started"
        )
    }
}
