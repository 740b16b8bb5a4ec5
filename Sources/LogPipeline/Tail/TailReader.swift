internal import Basics
internal import Reactor
internal import System

/// Carries out what the rules say, one step at a time, without waiting for anything.
@MainLoop final class TailReader {
    /// What a step came to.
    enum Step {
        /// There is nothing to do now.
        case idle
        /// Something was done.
        case worked
        /// Lines were read.
        case lines(Lines)
    }

    /// Lines of a file, in its order.
    struct Lines {
        /// The number of the content they belong to.
        var file: Int
        /// What the file is called.
        var path: String
        /// Where they lie: in UTF-8.
        var block: [UInt8]
        /// Their places in the block.
        var lines: [LineCutter.Line]
        /// The place of the block's first byte in the file.
        var offset: Int64
        /// Where each line begins in the file; nil: at `offset` and its place in the block.
        var starts: [Int64]?
        /// The place up to which the file is done with them.
        var mark: Int64
        /// The bytes of the file that they took.
        var bytes: Int
        /// Bytes that made no record.
        var skipped: Int
        /// How many of them a run before had handed in already.
        var repeated: Int
    }

    private struct Current {
        var plan: TailMachine.Plan
        var block: [UInt8]
        var next: Int
    }

    var machine: TailMachine
    let disk: any TailDisk
    private let warn: (String) -> Void
    private var current: Current?
    private var lines: [LineCutter.Line] = []

    init(_ machine: TailMachine, disk: any TailDisk, warn: @escaping (String) -> Void) {
        self.machine = machine
        self.disk = disk
        self.warn = warn
    }

    /// Does the next thing.
    func step(at now: Moment) -> Step {
        if current != nil {
            if let lines = cutNext() { return .lines(lines) }
            return .worked
        }
        guard let action = machine.next(at: now) else { return .idle }
        switch action {
        case .open(let id, let path): open(id, path)
        case .visit(let id, let descriptor): visit(id, descriptor, at: now)
        case .close(_, let descriptor): disk.close(descriptor)
        case .release(let id, let descriptor, let path): release(id, descriptor, path, at: now)
        case .search(let id, let directory): search(id, directory)
        case .remove(let id, let path): remove(id, path)
        case .warn(let text): warn(text)
        }
        return .worked
    }

    /// Closes everything.
    func close() {
        current = nil
        for id in machine.files.keys {
            guard let descriptor = machine.files[id]?.descriptor else { continue }
            machine.files[id]?.descriptor = nil
            disk.close(descriptor)
        }
    }

    private func open(_ id: Int, _ path: String) {
        do throws(SystemError) {
            let descriptor = try disk.open(path)
            do throws(SystemError) {
                machine.opened(id, descriptor, try disk.look(descriptor: descriptor))
            } catch {
                disk.close(descriptor)
                throw error
            }
        } catch {
            let refusal: TailMachine.Refusal =
                error.isUnreachable
                ? .missing
                : error.isNoDescriptors
                    ? .noDescriptors : .other(SystemError.words(for: error.number))
            machine.refused(id, path: path, refusal)
        }
    }

    private func release(_ id: Int, _ descriptor: Int32, _ path: String, at now: Moment) {
        guard let look = try? disk.look(path), look.key == machine.files[id]?.key else {
            // It lost its name: closed it could not be found again.
            look(path, at: now)
            return
        }
        disk.close(descriptor)
        machine.released(id)
    }

    private func visit(_ id: Int, _ descriptor: Int32, at now: Moment) {
        defer { seekCopies(at: now) }
        do throws(SystemError) {
            guard let plan = machine.visit(id, try disk.look(descriptor: descriptor), at: now)
            else { return }
            var head: [UInt8] = []
            if plan.headCount > 0 {
                head = try disk.read(descriptor, at: 0, upTo: plan.headCount)
            }
            var block: [UInt8] = []
            if plan.count > 0 {
                block = try disk.read(descriptor, at: plan.offset, upTo: plan.count)
            }
            guard let start = machine.took(plan, head: head, block: block) else { return }
            current = Current(plan: plan, block: block, next: start)
        } catch {
            machine.trouble(id, SystemError.words(for: error.number))
        }
    }

    private func cutNext() -> Lines? {
        guard let work = current else { return nil }
        guard
            let piece = machine.cut(work.plan, work.block, from: work.next, into: &lines)
        else {
            current = nil
            return nil
        }
        current?.next = piece.next
        var result = Lines(
            file: work.plan.id,
            path: machine.files[work.plan.id]?.path ?? "",
            block: work.block,
            lines: lines,
            offset: work.plan.offset,
            mark: piece.mark,
            bytes: piece.next - work.next,
            skipped: piece.skipped,
            repeated: piece.repeated
        )
        if machine.rules.cutter.encoding != .utf8 {
            result.starts = lines.map { work.plan.offset + Int64($0.start) }
            result.block = machine.rules.cutter.encoding.decode(work.block.span, &result.lines)
        }
        return result
    }

    /// Looks for a file that was renamed while it was not open.
    private func search(_ id: Int, _ directory: String) {
        guard let key = machine.files[id]?.key else { return }
        for name in (try? disk.names(in: directory)) ?? [] {
            let path = Self.join(directory, name)
            if let look = try? disk.look(path), look.key == key, look.isFile {
                machine.searched(id, path)
                return
            }
        }
        machine.searched(id, nil)
    }

    private func remove(_ id: Int, _ path: String) {
        guard let file = machine.files[id], let look = try? disk.look(path),
            look.key == file.key, look.size == file.place.position
        else { return }
        do throws(SystemError) {
            try disk.remove(path)
            machine.removed(id, path: path, true)
        } catch {
            machine.removed(id, path: path, false)
            warn("cannot remove \(path): \(SystemError.words(for: error.number))")
        }
    }

    // MARK: Looking around

    /// Looks at everything that the globs name.
    ///
    /// - Returns: The directories in which new files may appear.
    func lookAround(_ globs: GlobSet, at now: Moment) -> GlobSet.Found {
        let found = globs.find(on: disk)
        for path in found.paths { look(path, at: now) }
        let listed = Set(found.paths)
        for path in machine.paths.keys.sorted() where !listed.contains(path) { look(path, at: now) }
        if machine.isFirstLook {
            machine.lookedAround()
            let absent = searchMissing(globs, at: now)
            if let since = machine.rules.lookedSince {
                searchMissed(globs, in: found.directories, since: since, at: now)
            }
            machine.forgetOld(absent, at: now)
        }
        return found
    }

    /// Looks at one path.
    func look(_ path: String, at now: Moment) {
        do throws(SystemError) {
            let look = try disk.look(path)
            var born: Timestamp?
            if machine.isFirstLook, machine.rules.readsFromHead != true, let look, look.isFile,
                !machine.follows(path, look)
            {
                born = disk.born(path)
            }
            machine.saw(path, look, born: born, at: now)
        } catch {
            // It may be there: what is known of it stays as it is.
            return
        }
    }
}
