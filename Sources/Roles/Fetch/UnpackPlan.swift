package import Formats

/// What is made of an archive's entries: nothing outside, nothing through links, nothing endless.
package struct UnpackPlan: Sendable, Hashable {
    /// One thing to make; paths are relative and clean.
    package enum Step: Sendable, Hashable {
        case directory(String, mode: UInt32)
        case file(String, content: Range<Int>, mode: UInt32)
        case symbolicLink(String, to: String)
        case hardLink(String, to: String)

        /// Its path.
        package var path: String {
            switch self {
            case .directory(let path, _), .file(let path, _, _), .symbolicLink(let path, _),
                .hardLink(let path, _):
                path
            }
        }
    }

    /// The steps, in order.
    package let steps: [Step]

    /// Plans.
    ///
    /// - Parameters:
    ///   - entries: The archive's entries.
    ///   - strip: How many leading directories are left out of each name; entries that have no more are left out.
    ///   - limit: The most bytes of all files together.
    /// - Throws: The entry that must not be, and why.
    package init(_ entries: [TarReader.Entry], strip: Int = 0, limit: Int) throws(FormatError) {
        var steps: [Step] = []
        var links: Set<String> = []
        var files: Set<String> = []
        var total = 0
        for entry in entries {
            guard let path = try Self.clean(entry.name, strip) else { continue }
            if let link = Self.parents(of: path).first(where: links.contains) {
                throw Self.refused(entry.name, "it would be written through the link \(link)")
            }
            if links.contains(path), entry.kind == .directory {
                throw Self.refused(entry.name, "it is a link as well")
            }
            switch entry.kind {
            case .directory: steps.append(.directory(path, mode: entry.mode & 0o777))
            case .file:
                total += entry.content.count
                guard total <= limit else {
                    throw FormatError(
                        "the archive has more than \(limit) bytes when it is unpacked",
                        remedy: "raise --max-unpacked"
                    )
                }
                links.remove(path)
                files.insert(path)
                steps.append(.file(path, content: entry.content, mode: entry.mode & 0o777))
            case .symbolicLink(let target):
                try Self.check(target, of: path, entry.name)
                links.insert(path)
                files.remove(path)
                steps.append(.symbolicLink(path, to: target))
            case .hardLink(let name):
                guard let target = try Self.clean(name, strip), files.contains(target) else {
                    throw Self.refused(
                        entry.name,
                        "it is another name of \(name), which is no file of it"
                    )
                }
                files.insert(path)
                steps.append(.hardLink(path, to: target))
            case .other(let letter):
                throw Self.refused(
                    entry.name,
                    "it is no file, directory or link (type \(UnicodeScalar(letter).escaped(asASCII: true)))"
                )
            }
        }
        self.steps = steps
    }

    private static func refused(_ name: String, _ why: String) -> FormatError {
        FormatError("the archive's entry \"\(name)\" is refused: \(why)")
    }

    /// A relative path without dots; `nil` if nothing is left of it.
    private static func clean(_ name: String, _ strip: Int) throws(FormatError) -> String? {
        if name.hasPrefix("/") { throw refused(name, "its path is absolute") }
        let parts = name.split(separator: "/").filter { $0 != "." }
        if parts.contains("..") { throw refused(name, "its path leads out") }
        let rest = parts.dropFirst(strip)
        return rest.isEmpty ? nil : rest.joined(separator: "/")
    }

    private static func parents(of path: String) -> [String] {
        var found: [String] = []
        var parts = path.split(separator: "/")
        while parts.count > 1 {
            parts.removeLast()
            found.append(parts.joined(separator: "/"))
        }
        return found
    }

    private static func check(
        _ target: String,
        of path: String,
        _ name: String
    ) throws(FormatError) {
        if target.isEmpty { throw refused(name, "it is a link to nothing") }
        if target.hasPrefix("/") { throw refused(name, "it is a link to \(target), outside") }
        var depth = path.split(separator: "/").count - 1
        var isBelow = false
        for part in target.split(separator: "/") where part != "." {
            guard part == ".." else {
                isBelow = true
                continue
            }
            depth -= 1
            // Upwards from below another name could lead through a link of the archive.
            if depth < 0 || isBelow { throw refused(name, "it is a link to \(target), outside") }
        }
    }
}
