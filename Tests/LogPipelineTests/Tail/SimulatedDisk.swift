import Basics
import Reactor
import System

@testable import LogPipeline

/// Files in memory, whose inodes are given out again as soon as they are free.
@MainLoop final class SimulatedDisk: TailDisk {
    final class Node {
        let inode: UInt64
        var bytes: [UInt8] = []
        var links = 0
        var opens = 0
        let born: Timestamp
        /// When it was made, by a clock that does not jump.
        let made: Instant
        var modified: Timestamp

        init(_ inode: UInt64, _ now: Timestamp, _ instant: Instant) {
            self.inode = inode
            made = instant
            born = now
            modified = now
        }
    }

    var now = Timestamp(seconds: 1_000)
    var instant = Instant.zero
    var names: [String: Node] = [:]
    /// Where a name leads to that is a link.
    var targets: [String: String] = [:]
    var descriptors: [Int32: Node] = [:]
    /// How many files can be open before there are no more descriptors.
    var refusesFrom = Int.max
    /// Whether directories can be listed.
    var lists = true
    var openMost = 0
    var bytesRead = 0
    private var free: [UInt64] = []
    private var lastInode: UInt64 = 10
    private var lastDescriptor: Int32 = 100

    // MARK: The writer's side

    func create(_ path: String) -> Node {
        let inode: UInt64
        if let old = free.popLast() {
            inode = old
        } else {
            lastInode += 1
            inode = lastInode
        }
        let node = Node(inode, now, instant)
        link(node, path)
        return node
    }

    func link(_ node: Node, _ path: String) {
        unlink(path)
        names[path] = node
        node.links += 1
    }

    func unlink(_ path: String) {
        guard let node = names.removeValue(forKey: path) else { return }
        node.links -= 1
        release(node)
    }

    func rename(_ path: String, to target: String) {
        guard let node = names.removeValue(forKey: path) else { return }
        unlink(target)
        names[target] = node
    }

    func append(_ text: String, to node: Node) {
        append(Array(text.utf8), to: node)
    }

    func append(_ bytes: [UInt8], to node: Node) {
        node.bytes += bytes
        node.modified = now
    }

    func truncate(_ node: Node, to size: Int = 0) {
        node.bytes.removeLast(node.bytes.count - size)
        node.modified = now
    }

    private func release(_ node: Node) {
        if node.links == 0 && node.opens == 0 { free.append(node.inode) }
    }

    // MARK: The reader's side

    func look(_ path: String) throws(SystemError) -> FileLook? {
        if let node = names[targets[path] ?? path] { return look(node) }
        let prefix = path == "/" ? "/" : path + "/"
        guard names.keys.contains(where: { $0.hasPrefix(prefix) }) else { return nil }
        return FileLook(
            key: FileKey(device: 1, inode: 1),
            size: 0,
            modified: now,
            links: 1,
            isFile: false
        )
    }

    func look(descriptor: Int32) throws(SystemError) -> FileLook {
        guard let node = descriptors[descriptor] else { throw SystemError(9, "stat") }
        return look(node)
    }

    private func look(_ node: Node) -> FileLook {
        FileLook(
            key: FileKey(device: 1, inode: node.inode),
            size: Int64(node.bytes.count),
            modified: node.modified,
            links: UInt64(node.links)
        )
    }

    func born(_ path: String) -> Timestamp? { names[path]?.born }

    func open(_ path: String) throws(SystemError) -> Int32 {
        if descriptors.count >= refusesFrom {
            throw SystemError(SystemError.noDescriptors, "open", path)
        }
        guard let node = names[targets[path] ?? path] else { throw SystemError(2, "open", path) }
        lastDescriptor += 1
        descriptors[lastDescriptor] = node
        node.opens += 1
        openMost = max(openMost, descriptors.count)
        return lastDescriptor
    }

    func read(
        _ descriptor: Int32,
        at offset: Int64,
        upTo count: Int
    ) throws(SystemError) -> [UInt8] {
        guard let node = descriptors[descriptor] else { throw SystemError(9, "pread") }
        let start = min(Int(offset), node.bytes.count)
        let end = min(start + count, node.bytes.count)
        bytesRead += end - start
        return Array(node.bytes[start..<end])
    }

    func close(_ descriptor: Int32) {
        guard let node = descriptors.removeValue(forKey: descriptor) else { return }
        node.opens -= 1
        release(node)
    }

    func closeAll() {
        for descriptor in Array(descriptors.keys) { close(descriptor) }
    }

    func names(in directory: String) throws(SystemError) -> [String] {
        guard lists else { return [] }
        let prefix = directory == "/" ? "/" : directory + "/"
        var found: Set<String> = []
        for path in names.keys where path.hasPrefix(prefix) {
            found.insert(String(path.dropFirst(prefix.count).prefix { $0 != "/" }))
        }
        for path in targets.keys where path.hasPrefix(prefix) {
            found.insert(String(path.dropFirst(prefix.count).prefix { $0 != "/" }))
        }
        return found.sorted()
    }

    func isOwnDirectory(_ path: String) -> Bool {
        (try? look(path))?.isFile == false
    }

    func target(_ path: String) -> String? { targets[path] }

    func remove(_ path: String) throws(SystemError) { unlink(path) }
}
