internal import Basics

/// Contents that lie elsewhere than they did: copies that rotation makes, and files that were renamed before
/// anybody looked.
extension TailMachine {
    /// Contents that were emptied and may lie in a copy now; each is to be sought, then `sought` called.
    mutating func takeSeeks() -> [Int] {
        defer { seeks.removeAll() }
        return seeks
    }

    /// A content whose file was emptied is sought if its copy can be told from other files.
    mutating func seek(_ old: TrackedFile) {
        var old = old
        old.isOver = true
        old.descriptor = nil
        old.names = []
        old.hiding = nil
        let isKnown = old.place.position == 0 || old.place.anchor.count > 0
        old.isSought = old.head.count > 0 && isKnown
        files[old.id] = old
        if old.isSought { seeks.append(old.id) } else { giveUp(old.id) }
    }

    private mutating func giveUp(_ id: Int) {
        guard let old = files[id] else { return }
        numbers.bytesLost += UInt64(old.lost)
        forget(row: old.row)
        files[id]?.isSought = false
        if old.pending.isEmpty { files[id] = nil }
    }

    /// A content was sought: the copy of it, nil if there is none.
    ///
    /// What is unread of it is read there.
    mutating func sought(_ id: Int, _ copy: (path: String, look: FileLook)?, at now: Moment) {
        self.now = now
        guard var file = files[id], file.isSought else { return }
        guard let (path, look) = copy, keys[look.key] == nil else {
            giveUp(id)
            return
        }
        if let stale = known.removeValue(forKey: look.key) { forget(row: stale.row) }
        file.isSought = false
        file.isOver = false
        file.isGuess = true
        file.isLost = false
        file.key = look.key
        file.hiding = path
        file.size = look.size
        file.modified = look.modified
        file.links = look.links
        file.scanned = file.place.position
        file.want = 0
        file.finalSize = nil
        file.isHeadChecked = false
        file.retryAt = nil
        file.quietSince = now.instant
        files[id] = file
        keys[look.key] = id
        gone.insert(id)
        dirty.insert(id)
        precede(id)
        enqueue(id, atFront: true)
    }

    /// A copy holds nothing that was not read: it is remembered, so that it is not taken for something new.
    mutating func shun(_ path: String, of id: Int, _ look: FileLook) {
        guard let file = files[id], keys[look.key] == nil, known[look.key] == nil else { return }
        let row = make(look.key, path: file.path, row: nil, look: look).row
        remember(
            Checkpoint(
                row: row,
                key: look.key,
                path: file.path,
                head: file.head,
                position: look.size,
                reached: look.size,
                seen: now.wall
            )
        )
    }

    /// What was taken for a certain content is another: it is let go of.
    mutating func drop(_ old: TrackedFile) {
        files[old.id] = old
        numbers.bytesLost += UInt64(old.lost)
        files[old.id]?.links = 0
        guard !old.pending.isEmpty else {
            retire(old.id)
            return
        }
        if let descriptor = old.descriptor { close(old.id, descriptor) }
        files[old.id]?.descriptor = nil
        files[old.id]?.isOver = true
        if keys[old.key] == old.id { keys[old.key] = nil }
        gone.remove(old.id)
        dirty.remove(old.id)
        forget(row: old.row)
    }

    /// A file was made under a name that is followed and got this one before anybody looked: all of it is read.
    mutating func missed(_ path: String, origin: String, _ look: FileLook, at now: Moment) {
        self.now = now
        guard look.isFile, keys[look.key] == nil, !isOld(look) else { return }
        if let stale = known.removeValue(forKey: look.key) { forget(row: stale.row) }
        var file = make(look.key, path: origin, row: nil, look: look)
        file.hiding = path
        files[file.id] = file
        keys[look.key] = file.id
        gone.insert(file.id)
        precede(file.id)
        enqueue(file.id, atFront: true)
    }

    // MARK: Order

    /// What has a path now waits until a content that had it before was read.
    mutating func precede(_ id: Int) {
        guard let path = files[id]?.path else { return }
        if let current = paths[path], current != id {
            guard !leads(from: current, to: id) else { return }
            let earlier = files[current]?.before
            files[id]?.before = earlier
            files[current]?.before = id
        } else if formers[path] != id {
            if let former = formers[path], !leads(from: former, to: id) {
                files[id]?.before = former
            }
            formers[path] = id
        }
    }

    /// Whether a content waits for another, or for one that waits for it.
    private func leads(from start: Int, to id: Int) -> Bool {
        var next = files[start]?.before
        while let step = next, step != id { next = files[step]?.before }
        return next != nil
    }

    /// The content that is to be read before this one, if it can be read now.
    mutating func predecessor(of id: Int) -> Int? {
        guard let before = files[id]?.before else { return nil }
        guard let file = files[before], !file.isOver, !file.isLost, file.retryAt == nil,
            file.hasFresh
        else {
            // Of one that is only waited for, more may come.
            if files[before] == nil { files[id]?.before = nil }
            return nil
        }
        return before
    }
}
