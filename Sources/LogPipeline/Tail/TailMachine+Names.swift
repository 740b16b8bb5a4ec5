internal import Basics

/// Names come, go and change what they mean.
extension TailMachine {
    /// What a path that is followed leads to now; nil: nothing.
    ///
    /// `born` is when the file was made, if that was asked for.
    mutating func saw(
        _ path: String,
        _ look: FileLook?,
        born: Timestamp? = nil,
        at now: Moment
    ) {
        self.now = now
        guard let look, look.isFile else {
            detach(path)
            return
        }
        guard let id = keys[look.key], let file = files[id] else {
            detach(path)
            begin(path, look, born: born)
            return
        }
        if paths[path] != id {
            detach(path)
            attach(path, id)
        }
        files[id]?.links = look.links
        files[id]?.modified = look.modified
        if look.size != file.size || look.size != file.place.position {
            if file.descriptor == nil && look.size > file.size { files[id]?.size = look.size }
            enqueue(id)
        }
    }

    /// Whether a file is followed under this path already.
    func follows(_ path: String, _ look: FileLook) -> Bool {
        keys[look.key] != nil || known[look.key] != nil
    }

    /// Something was written to a file, or may have been.
    mutating func changed(_ id: Int) {
        guard let file = files[id], !file.isOver, file.retryAt == nil else { return }
        enqueue(id)
    }

    private mutating func attach(_ path: String, _ id: Int) {
        paths[path] = id
        files[id]?.names.append(path)
        files[id]?.hiding = nil
        files[id]?.isLost = false
        gone.remove(id)
    }

    private mutating func detach(_ path: String) {
        guard let id = paths.removeValue(forKey: path) else { return }
        files[id]?.names.removeAll { $0 == path }
        numbers.rotated += 1
        guard files[id]?.isGone == true else { return }
        files[id]?.quietSince = now.instant
        gone.insert(id)
        if files[id]?.path == path { formers[path] = id }
        enqueue(id)
    }

    private mutating func begin(_ path: String, _ look: FileLook, born: Timestamp?) {
        let checkpoint = takeKnown(look.key, path: path)
        var file = make(look.key, path: path, row: checkpoint?.row, look: look)
        if let checkpoint {
            continueFrom(checkpoint, &file)
        } else if isOld(look) || isFirstLook && !isYoung(look, born: born) {
            let end = look.size - look.size % Int64(rules.cutter.unit)
            file.place = .init(position: end, state: .init(isAtHead: end == 0))
            file.settled = file.place
            file.scanned = end
        }
        file.before = formers.removeValue(forKey: path)
        files[file.id] = file
        keys[look.key] = file.id
        attach(path, file.id)
        let headBytes = min(Int64(rules.fingerprintBytes), look.size)
        if look.size != file.place.position || Int64(file.head.count) < headBytes {
            enqueue(file.id)
        }
    }

    private func continueFrom(_ checkpoint: Checkpoint, _ file: inout TrackedFile) {
        file.place = .init(
            position: checkpoint.position,
            state: .init(isSkipping: checkpoint.isSkipping, isAtHead: checkpoint.position == 0),
            anchor: checkpoint.anchor
        )
        file.settled = file.place
        file.scanned = checkpoint.position
        file.head = rules.fingerprintBytes > 0 ? checkpoint.head : .empty
        file.isVerified = false
        file.reached = checkpoint.reached
    }

    /// Whether a file was not changed for so long that what is in it is left alone.
    func isOld(_ look: FileLook) -> Bool {
        guard let limit = rules.ignoreOlder else { return false }
        return earlierWall - look.modified > limit
    }

    private func isYoung(_ look: FileLook, born: Timestamp?) -> Bool {
        rules.readsFromHead == true || (born ?? look.modified) >= rules.youngSince
    }

    // MARK: Files without names

    /// Checkpoints of files that are not where they were, by the directory they were in.
    func missing() -> [String: [FileKey]] {
        var missing: [String: [FileKey]] = [:]
        for (key, checkpoint) in known where key.device != 0 {
            missing[Self.parent(of: checkpoint.path), default: []].append(key)
        }
        return missing
    }

    /// A file that a checkpoint speaks of was found under a name that is not followed: what is unread of it
    /// is read.
    mutating func found(_ path: String, _ look: FileLook, at now: Moment) {
        self.now = now
        guard look.isFile, keys[look.key] == nil, let checkpoint = known[look.key],
            look.size > checkpoint.position
        else { return }
        known[look.key] = nil
        var file = make(look.key, path: checkpoint.path, row: checkpoint.row, look: look)
        continueFrom(checkpoint, &file)
        file.hiding = path
        file.isGuess = true
        files[file.id] = file
        keys[look.key] = file.id
        gone.insert(file.id)
        precede(file.id)
        enqueue(file.id, atFront: true)
    }

    /// A file without a name was looked for: where it is, nil if it was not found.
    mutating func searched(_ id: Int, _ path: String?) {
        guard let file = files[id], file.isGone else { return }
        if let path {
            files[id]?.hiding = path
            enqueue(id)
            return
        }
        files[id]?.hiding = nil
        files[id]?.isLost = true
        numbers.bytesLost += UInt64(file.unread)
        files[id]?.size = file.place.position
        enqueue(id)
    }

    /// Lets go of a file that has no name, once everything of it is done and time has passed.
    mutating func tryRetire(_ id: Int) {
        guard let file = files[id], file.isGone, file.pending.isEmpty, file.unread == 0 else {
            return
        }
        guard file.isLost || now.instant >= file.quietSince + rules.rotateWait else { return }
        retire(id)
    }

    // MARK: Another content

    /// The file was emptied or is another one: its content begins anew.
    mutating func replace(_ id: Int, lost: Int64) {
        guard var old = files.removeValue(forKey: id) else { return }
        guard !old.isGuess else {
            drop(old)
            return
        }
        if old.isVerified {
            numbers.truncated += 1
            old.lost = max(0, lost)
        }
        let look = FileLook(
            key: old.key,
            size: old.size,
            modified: old.modified,
            links: old.links
        )
        var new = make(old.key, path: old.path, row: nil, look: look)
        new.names = old.names
        new.hiding = old.hiding
        new.descriptor = old.descriptor
        if new.descriptor != nil { opens.append(new.id) }
        for name in new.names { paths[name] = new.id }
        keys[new.key] = new.id
        gone.remove(id)
        if new.isGone { gone.insert(new.id) }
        dirty.remove(id)
        new.before = old.before
        files[new.id] = new
        enqueue(new.id, atFront: true)
        seek(old)
    }
}
