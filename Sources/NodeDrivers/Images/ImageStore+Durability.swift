internal import Basics
internal import Reactor
internal import System

/// A tree that survives a power failure must hold what its name promises, yet no pod waits for the
/// disk: a tree is marked before it appears, and the mark goes when all of it has been written. A mark
/// of an earlier boot tells that the machine went down in between; that tree is unpacked again.
extension ImageStore {
    /// Marks a tree that is about to appear.
    func markUnsynced(_ name: String) throws(SystemError) {
        try Files.write(layout.unsyncedTrees + "/" + name, Host.bootID)
    }

    /// Writes a tree to the disk behind everybody's back and removes its mark.
    func bringToDisk(_ name: String) {
        if treesOnTheWay[name] != nil { return }
        let (tree, mark) = (layout.imageTree(name), layout.unsyncedTrees + "/" + name)
        treesOnTheWay[name] = Task { @MainLoop in
            defer { treesOnTheWay[name] = nil }
            do throws(Failure) {
                _ = try await run(
                    Command("sync", ["-f", tree]),
                    "cannot write an image to the disk"
                )
                try? Files.remove(mark)
            } catch {
                // The mark stays: the next start of the engine tries again.
            }
        }
    }

    /// Removes the trees that were still on their way when the machine went down.
    nonisolated static func removeDoubtfulTrees(_ layout: NodeLayout) throws(SystemError) {
        for name in try Files.list(layout.unsyncedTrees) {
            let mark = layout.unsyncedTrees + "/" + name
            let boot = (try? Files.text(mark, limit: 64)) ?? ""
            if !boot.isEmpty, boot == Host.bootID { continue }
            if Files.exists(layout.imageTree(name)) {
                let doomed = layout.incomingImages + "/doubtful-" + name
                try Files.rename(layout.imageTree(name), to: doomed)
                try Files.removeTree(doomed)
            }
            try Files.remove(mark)
        }
    }
}
