import Basics
import Formats
import Reactor
import System

/// Makes a directory of an archive, and puts it in place in one step.
@MainLoop enum TreePlacement {
    /// Unpacks and swaps.
    ///
    /// A target that is no mount point is swapped as a whole. In one that is a mount point (a volume's root), which
    /// nothing can take the place of, each entry of the archive is swapped by itself, and others stay.
    /// - Throws: `content` for an archive that is broken or leads out; `write`.
    static func place(
        _ archive: [UInt8],
        at target: String,
        strip: Int,
        limit: Int,
        user: UInt32?,
        group: UInt32?
    ) async throws(WebFailure) {
        let plan: UnpackPlan
        do throws(FormatError) {
            plan = try UnpackPlan(try TarReader.entries(archive), strip: strip, limit: limit)
        } catch {
            throw WebFailure(.content, error.failure(reading: "the archive for \(target)"))
        }
        let isMount = FileTree.isMountRoot(target)
        let folder = isMount ? target : Files.parent(of: target)
        let stem = folder + "/." + name(target) + "." + Random.hexadecimal(8)
        let stage = stem + ".tree"
        do throws(SystemError) {
            try Files.makeDirectories(folder)
            let lock = try FileLock.take(stem + ".lock")
            defer {
                try? Files.removeTree(stage)
                try? Files.remove(stem + ".lock")
                if let lock { Descriptors.close(lock) }
            }
            try make(plan, archive, in: stage, user, group)
            if isMount {
                try swapEntries(of: stage, into: target)
            } else if Files.exists(target) {
                try Files.exchange(stage, with: target)
            } else {
                try Files.rename(stage, to: target)
            }
            try Files.syncDirectory(folder)
        } catch {
            throw WebFailure(.write, Failure("cannot write \(target)", error))
        }
    }

    /// Removes what a kill has left of earlier attempts.
    static func sweep(_ target: String) {
        for folder in [target, Files.parent(of: target)] {
            for entry in (try? Files.list(folder)) ?? []
            where entry.hasPrefix("." + name(target) + ".") && entry.hasSuffix(".lock") {
                let stem = folder + "/" + entry.dropLast(5)
                guard let lock = (try? FileLock.take(stem + ".lock")) ?? nil else { continue }
                try? Files.removeTree(stem + ".tree")
                try? Files.remove(stem + ".lock")
                Descriptors.close(lock)
            }
        }
    }

    private static func name(_ target: String) -> String {
        target.split(separator: "/").last.map(String.init) ?? "root"
    }

    private static func make(
        _ plan: UnpackPlan,
        _ archive: [UInt8],
        in stage: String,
        _ user: UInt32?,
        _ group: UInt32?
    ) throws(SystemError) {
        try Files.makeDirectories(stage, mode: 0o755)
        func own(_ path: String) throws(SystemError) {
            guard user != nil || group != nil else { return }
            try Files.chown(path, user: user, group: group, followLinks: false)
        }
        for step in plan.steps {
            let path = stage + "/" + step.path
            try Files.makeDirectories(Files.parent(of: path))
            switch step {
            case .directory: try Files.makeDirectories(path)
            case .file(_, let content, let mode):
                try Files.remove(path)
                try Files.write(path, Array(archive[content]), mode: mode)
            case .symbolicLink(_, let target):
                try Files.remove(path)
                try Files.symlink(path, to: target)
            case .hardLink(_, let target):
                try Files.remove(path)
                let status = try Files.stat(stage + "/" + target)
                let bytes = try Files.read(stage + "/" + target, limit: archive.count)
                try Files.write(path, bytes, mode: status.mode)
            }
            try own(path)
        }
        // Directories last: one may forbid to write into it.
        for case .directory(let name, let mode) in plan.steps.reversed() {
            try Files.chmod(stage + "/" + name, mode)
        }
        try own(stage)
    }

    private static func swapEntries(of stage: String, into target: String) throws(SystemError) {
        for name in try Files.list(stage) {
            if (try? Files.stat(target + "/" + name, followLinks: false)) != nil {
                try Files.exchange(stage + "/" + name, with: target + "/" + name)
            } else {
                try Files.rename(stage + "/" + name, to: target + "/" + name)
            }
        }
    }
}
