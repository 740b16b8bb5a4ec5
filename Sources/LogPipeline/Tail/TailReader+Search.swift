internal import Basics
internal import Reactor
internal import System

/// Looking for contents under names that are not followed.
extension TailReader {
    /// How a file compares with a content.
    private enum Likeness {
        /// It holds all that was read of the content.
        case same
        /// It begins like it, and ends earlier.
        case part
        case other
    }

    /// How many copies are compared with a content at most.
    private static let copiesMaximum = 16

    static func join(_ directory: String, _ name: String) -> String {
        switch directory {
        case "/": "/" + name
        case ".": name
        default: directory + "/" + name
        }
    }

    private func compare(
        _ path: String,
        _ look: FileLook,
        head: Fingerprint,
        position: Int64,
        anchor: Fingerprint
    ) -> Likeness {
        guard look.size >= Int64(head.count), let descriptor = try? disk.open(path) else {
            return .other
        }
        defer { disk.close(descriptor) }
        guard let start = try? disk.read(descriptor, at: 0, upTo: head.count),
            head.begins(start.span)
        else { return .other }
        if look.size < position { return .part }
        let place = position - Int64(anchor.count)
        guard anchor.count > 0, place >= 0 else { return .same }
        let bytes = (try? disk.read(descriptor, at: place, upTo: anchor.count)) ?? []
        return bytes.count == anchor.count && anchor.begins(bytes.span) ? .same : .other
    }

    private func compare(_ path: String, _ look: FileLook, _ known: Checkpoint) -> Likeness {
        compare(
            path,
            look,
            head: known.head,
            position: known.position,
            anchor: known.anchor
        )
    }

    /// Whether a checkpoint speaks of this file; one of a file that nobody read says so by the inode alone.
    private func isKnown(_ path: String, _ look: FileLook) -> Bool {
        machine.known[look.key].map { compare(path, look, $0) == .same } ?? false
    }

    /// Whether a checkpoint speaks of this file and knows its content.
    private func isRead(_ path: String, _ look: FileLook) -> Bool {
        (machine.known[look.key]?.head.count ?? 0) > 0 && isKnown(path, look)
    }

    // MARK: Copies

    /// Looks for copies of contents that were emptied.
    func seekCopies(at now: Moment) {
        for id in machine.takeSeeks() { machine.sought(id, copy(of: id), at: now) }
    }

    private func copy(of id: Int) -> (path: String, look: FileLook)? {
        guard let file = machine.files[id] else { return nil }
        let directory = TailMachine.parent(of: file.path)
        let own = TailMachine.name(of: file.path)
        // The file may have got a rotated name itself since it was copied.
        let family = Set(RotatedName.origins(of: own)).union([own])
        var copies: [(path: String, look: FileLook)] = []
        for name in (try? disk.names(in: directory)) ?? []
        where !family.isDisjoint(with: RotatedName.origins(of: name)) {
            let path = Self.join(directory, name)
            guard let look = try? disk.look(path), look.isFile, machine.keys[look.key] == nil
            else { continue }
            copies.append((path, look))
        }
        copies.sort { $0.look.modified > $1.look.modified }
        for (path, look) in copies.prefix(Self.copiesMaximum) where !isRead(path, look) {
            let likeness = compare(
                path,
                look,
                head: file.head,
                position: file.place.position,
                anchor: file.place.anchor
            )
            switch likeness {
            case .same: return (path, look)
            case .part: machine.shun(path, of: id, look)
            case .other: continue
            }
        }
        return nil
    }

    // MARK: Files that were renamed

    /// Files that were renamed while nobody looked are found where they were, under another name.
    ///
    /// - Returns: Those that are not there.
    func searchMissing(_ globs: GlobSet, at now: Moment) -> [FileKey] {
        var absent: [FileKey] = []
        for (directory, keys) in machine.missing() {
            let names: [String]
            do throws(SystemError) {
                names = try disk.names(in: directory)
            } catch {
                // It may be away for a while, with all that is in it, unless it is gone.
                if error.isUnreachable { absent += keys }
                continue
            }
            var wanted = Set(keys)
            for name in names where !wanted.isEmpty {
                let path = Self.join(directory, name)
                guard let look = try? disk.look(path), wanted.remove(look.key) != nil
                else { continue }
                if isKnown(path, look) {
                    let isRead = look.size == machine.known[look.key]?.position
                    if !isRead { machine.found(path, look, at: now) }
                } else {
                    // It was emptied before, or another file got its inode: the name tells.
                    let always = Timestamp(nanoseconds: .min)
                    lookMissed(path, globs, since: always, at: now)
                }
            }
            absent += wanted
        }
        return absent
    }

    /// Files that were made under names that are followed and renamed since a moment, without anybody having
    /// looked.
    func searchMissed(
        _ globs: GlobSet,
        in directories: Set<String>,
        since: Timestamp,
        at now: Moment
    ) {
        var missed: [(born: Timestamp, path: String)] = []
        for directory in directories {
            for name in (try? disk.names(in: directory)) ?? [] {
                let path = Self.join(directory, name)
                guard let born = missedSince(since, path, globs) else { continue }
                missed.append((born, path))
            }
        }
        for (_, path) in missed.sorted(by: { ($0.born, $0.path) < ($1.born, $1.path) }) {
            lookMissed(path, globs, since: since, at: now)
        }
    }

    /// Looks at a name that a file was renamed to.
    func lookMissed(_ path: String, _ globs: GlobSet, since: Timestamp, at now: Moment) {
        guard missedSince(since, path, globs) != nil, let origin = origin(of: path, globs),
            let look = try? disk.look(path), look.isFile, machine.keys[look.key] == nil,
            !isRead(path, look), !isCopy(path, look, of: origin)
        else { return }
        machine.missed(path, origin: origin, look, at: now)
    }

    private func origin(of path: String, _ globs: GlobSet) -> String? {
        let directory = TailMachine.parent(of: path)
        return RotatedName.origins(of: TailMachine.name(of: path)).lazy
            .map { Self.join(directory, $0) }.first { globs.fits($0) }
    }

    /// When a file was made that was rotated since a moment; nil if it is none.
    private func missedSince(_ since: Timestamp, _ path: String, _ globs: GlobSet) -> Timestamp? {
        guard !globs.fits(path), origin(of: path, globs) != nil, let born = disk.born(path),
            born >= since
        else { return nil }
        return born
    }

    /// Whether a file is, or will be, a copy of what is known under a path.
    private func isCopy(_ path: String, _ look: FileLook, of origin: String) -> Bool {
        let now = machine.now.wall
        let followed = machine.paths[origin].flatMap { machine.files[$0]?.checkpoint(at: now) }
        let others = machine.known.values.lazy.filter { $0.path == origin }
        return ([followed].compactMap(\.self) + others).contains {
            $0.head.count > 0 && compare(path, look, $0) != .other
        }
    }
}
