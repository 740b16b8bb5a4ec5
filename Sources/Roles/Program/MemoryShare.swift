package import Basics
import Formats
package import Reactor
import System

/// The memory that a process may take, and how many works share it.
@MainLoop package final class MemoryShare {
    /// The limit of the whole process in bytes; `nil` is none.
    package private(set) lazy var limit: Int? = find()
    /// How many works fill memory with what they carry: connections, records.
    ///
    /// Each may take one of so many equal parts of what the program itself leaves.
    package var parts = 1
    private let find: @Sendable () -> Int?

    /// Makes the share of a work alone; the limit is looked for when it is first asked for.
    package nonisolated init(limit: @escaping @Sendable () -> Int?) {
        find = limit
    }

    /// The share under a limit that was given, or else under that of the control group.
    package nonisolated static func of(_ given: Int?) -> MemoryShare {
        MemoryShare { given ?? groupLimit { try? Files.text($0) } }
    }

    /// Reads a limit: `64Mi`, `64MiB`, `100M`, a number of bytes.
    ///
    /// - Throws: `invalid` if it is no size, or less than a MiB.
    package nonisolated static func limit(_ text: String?) throws(Failure) -> Int? {
        guard let text else { return nil }
        let bare = text.hasSuffix("B") ? String(text.dropLast()) : text
        guard let size = try? Quantity(bare), size.value >= 1 << 20 else {
            throw Failure(
                .invalid,
                "--memory-budget: \"\(text)\" is no size",
                remedy: "write 64MiB, or leave it out to take the container's limit"
            )
        }
        return Int(size.value)
    }

    /// The option, for a role's declaration.
    package nonisolated static var spec: OptionSpec {
        OptionSpec(
            "memory-budget",
            nil,
            .text("SIZE"),
            help: "the memory that buffers and connections are fitted into",
            byDefault: "the container's limit"
        )
    }

    /// The memory limit of the own control group; `nil` if there is none.
    ///
    /// Limits of the groups above hold too, where they can be seen.
    /// - Parameter read: The text of a file, `nil` if it is not there.
    /// - Returns: Bytes.
    package nonisolated static func groupLimit(read: (String) -> String?) -> Int? {
        var candidates: [String] = []
        for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let path = parts[2].split(separator: "/")
            let isUnified = parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
            for count in stride(from: path.count, through: 0, by: -1) {
                let directory = path.prefix(count).map { "/" + $0 }.joined()
                if isUnified {
                    candidates.append("/sys/fs/cgroup\(directory)/memory.max")
                } else {
                    candidates.append("/sys/fs/cgroup/memory\(directory)/memory.limit_in_bytes")
                }
            }
        }
        // Version 1 writes "no limit" as a number near 2^63.
        return candidates.compactMap { path in
            read(path).flatMap { Int($0.prefix { $0.isNumber }) }
        }.filter { $0 > 0 && $0 < 1 << 60 }.min()
    }
}
