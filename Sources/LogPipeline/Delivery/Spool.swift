import Basics
import Reactor
import System

/// A sink's buffer on disk: records lie there from the moment they come until the other side has them.
///
/// Frames are added to segments, read again in order when there is room in memory, and forgotten in any
/// order; a segment all of whose frames are done is removed. A place in the file `mark` says up to where
/// everything is done, so that little is delivered twice after a crash. Records count as safe once a
/// frame was brought to the disk; several frames share one `fdatasync`.
@MainLoop final class Spool {
    private struct Segment {
        var number: Int
        var end: Int
        var units: Int
        var unitsTaken = 0
    }

    private struct Place: Comparable {
        var segment: Int
        var offset: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.segment, left.offset) < (right.segment, right.offset)
        }
    }

    private struct Taken {
        var place: Place
        var remaining: Int
    }

    let directory: String
    let limit: Int
    private let segmentSize: Int
    private var segments: [Segment] = []
    private var writer: AppendFile?
    private var isOpen = false
    private var lock: Descriptor?
    /// How long a lock is waited for.
    private static let patience = Duration.milliseconds(500)
    /// Where the next frame is read.
    private var cursor = Place(segment: 0, offset: 0)
    private var taken: [Int: Taken] = [:]
    private var nextFrame = 1
    /// Frames behind the cursor that are in memory as well.
    private var fresh: [(place: Place, length: Int, partition: [UInt8], load: RecordLoad)] = []
    private var freshBytes = 0
    /// Frames that are not yet on the disk, and those that could not be written.
    private var unsynced: [RecordLoad] = []
    private var unwritten: [(load: RecordLoad, partition: [UInt8])] = []
    private var unsyncedFiles: [AppendFile] = []
    private var isNameUnsynced = false
    private var syncing: Task<Void, Never>?
    private var marker: Alarm?
    private var retry: Alarm?
    private var written: Place?
    /// Read records that were there when it was opened.
    private(set) var restored = 0
    private var lost: [Int] = []
    /// What is wrong; nil if all is well.
    private(set) var trouble: String?
    /// Called with how many read records are safe now: it answers for them, and their sources do not any more.
    var onSafe: (@MainLoop (Int) -> Void)?
    /// Called when frames are safe or room was made.
    var onRoom: (@MainLoop () -> Void)?

    /// Names a buffer; `open` looks what is there.
    ///
    /// - Parameters:
    ///   - directory: Its directory; made if it is missing.
    ///   - limit: The most bytes on disk.
    init(directory: String, limit: Int64) {
        self.directory = directory
        self.limit = Int(clamping: limit)
        segmentSize = max(64 << 10, min(8 << 20, self.limit / 4))
    }

    /// Bytes on disk.
    var bytes: Int { segments.reduce(0) { $0 + $1.end } }
    /// Whether sources are to wait.
    var isFull: Bool { bytes >= limit || !unwritten.isEmpty }
    /// Whether there is room again after it was full.
    var hasRoom: Bool { bytes < limit - limit / 8 && unwritten.isEmpty }
    /// Whether there are records that `next` has not given.
    var hasUnread: Bool {
        guard let last = segments.last else { return false }
        return cursor < Place(segment: last.number, offset: last.end)
    }

    private func path(_ number: Int) -> String {
        let digits = String(number)
        return directory + "/" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
            + ".logs"
    }

    private var markPath: String { directory + "/mark" }

    // MARK: Opening

    /// Takes the directory for this program alone.
    ///
    /// A child process that is just being started holds a lock that was given back for a moment longer.
    private func takeLock() async throws(Failure) {
        let end = Loop.main.now + Self.patience
        do throws(SystemError) {
            try Files.makeDirectories(directory, mode: 0o700)
        } catch {
            throw Failure("cannot use the log buffer \(directory)", error)
        }
        while true {
            do throws(SystemError) {
                if let held = try FileLock.take(directory + "/lock") {
                    lock = Descriptor(adopting: held)
                    return
                }
            } catch {
                throw Failure("cannot use the log buffer \(directory)", error)
            }
            guard Loop.main.now < end else {
                throw Failure(
                    "cannot use the log buffer \(directory)",
                    SystemError(SystemError.busy, "flock", directory)
                )
            }
            try await Loop.main.sleep(for: .milliseconds(10))
        }
    }

    /// Looks what is there from before.
    ///
    /// - Returns: Whether it was not open before.
    /// - Throws: When the directory cannot be used, or another process has it.
    @discardableResult
    func open() async throws(Failure) -> Bool {
        guard !isOpen else { return false }
        restored = 0
        segments = []
        try await takeLock()
        do throws(SystemError) {
            let mark = readMark()
            for name in try Files.list(directory).sorted() where name.hasSuffix(".logs") {
                guard let number = Int(name.dropLast(5)) else { continue }
                if number < mark.segment {
                    try Files.remove(directory + "/" + name)
                    continue
                }
                segments.append(Segment(number: number, end: 0, units: 0))
            }
            cursor = mark
        } catch {
            throw Failure("cannot use the log buffer \(directory)", error)
        }
        var found: [Segment] = []
        for segment in segments {
            let path = path(segment.number)
            let start = segment.number == cursor.segment ? cursor.offset : 0
            let survey = try? await Loop.main.offload {
                let bytes = try Files.read(path, limit: BufferFrame.sizeMaximum + (16 << 20))
                return BufferFrame.survey(bytes.span, from: start)
            }
            guard let survey = survey ?? nil else {
                // No segment: a crash between making the file and its first bytes, or somebody else's.
                try? Files.remove(path)
                continue
            }
            restored += survey.units
            found.append(Segment(number: segment.number, end: survey.end, units: survey.units))
        }
        segments = found
        if let first = segments.first, first.number > cursor.segment {
            cursor = Place(segment: first.number, offset: 0)
        }
        settleCursor()
        isOpen = true
        for item in unwritten { store(item.load, partition: item.partition) }
        unwritten = []
        return true
    }

    private func readMark() -> Place {
        guard let text = try? Files.text(markPath, limit: 100) else {
            return Place(segment: 0, offset: 0)
        }
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard numbers.count == 2, numbers[0] >= 0, numbers[1] >= 0 else {
            return Place(segment: 0, offset: 0)
        }
        return Place(segment: numbers[0], offset: numbers[1])
    }

    /// Read records that could not be read again.
    func takeLost() -> [Int] {
        defer { lost = [] }
        return lost
    }

    // MARK: Writing

    /// Takes records; their receipts end when they are safe.
    func append(_ load: RecordLoad, partition: [UInt8]) {
        guard isOpen, unwritten.isEmpty else {
            unwritten.append((load, partition))
            if isOpen { retryLater() }
            return
        }
        store(load, partition: partition)
    }

    private func store(_ load: RecordLoad, partition: [UInt8]) {
        let frame = BufferFrame(load, partition: partition)
        let text = frame.encoded
        do throws(SystemError) {
            let file = try segment(for: text.count)
            let last = segments.count - 1
            let place = Place(segment: segments[last].number, offset: segments[last].end)
            try file.append(text, at: place.offset)
            segments[last].end += text.count
            segments[last].units += frame.unitSum
            unsynced.append(load)
            let follows = fresh.last.map { $0.place.offset + $0.length == place.offset } ?? true
            let isNext = fresh.isEmpty ? cursor == place : follows
            if isNext, freshBytes + load.size <= 1 << 20 {
                fresh.append((place, text.count, partition, load))
                freshBytes += load.size
            }
            trouble = nil
            sync()
        } catch {
            trouble = "\(Failure("cannot write to the log buffer \(directory)", error))"
            unwritten.append((load, partition))
            retryLater()
        }
    }

    private func retryLater() {
        guard retry == nil else { return }
        retry = Alarm(at: Loop.main.now + .seconds(1)) { [weak self] in
            guard let self else { return }
            retry = nil
            let items = unwritten
            unwritten = []
            for item in items { append(item.load, partition: item.partition) }
            onRoom?()
        }
    }

    /// The file that a frame of so many bytes goes to.
    private func segment(for count: Int) throws(SystemError) -> AppendFile {
        if let writer, let last = segments.last, last.end + count <= segmentSize { return writer }
        if writer != nil, let last = segments.last, last.end == BufferFrame.magic.count,
            let writer
        {
            return writer
        }
        let number = max(segments.last?.number ?? 0, cursor.segment) + 1
        let file = try AppendFile(path(number))
        try file.append(BufferFrame.magic, at: 0)
        // Frames of the segment before must be safe when this one's are, and its name as well.
        if let writer { unsyncedFiles.append(writer) }
        isNameUnsynced = true
        writer = file
        segments.append(Segment(number: number, end: BufferFrame.magic.count, units: 0))
        settleCursor()
        return file
    }

    /// Brings frames to the disk, and ends the receipts of those that were written before.
    private func sync() {
        guard syncing == nil, !unsynced.isEmpty, let file = writer else { return }
        let loads = unsynced
        unsynced = []
        let work = takeSync(file)
        syncing = Task { @MainLoop [weak self] in
            let problem: String?
            do {
                try await Loop.main.offload(work)
                problem = nil
            } catch {
                problem = "\(error)"
            }
            self?.synced(loads, problem)
        }
    }

    /// What brings all that was written to the disk; it takes its time.
    private func takeSync(_ file: AppendFile) -> @Sendable () throws -> Void {
        let files = unsyncedFiles + [file]
        let folder = isNameUnsynced ? directory : nil
        unsyncedFiles = []
        isNameUnsynced = false
        return {
            if let folder { try Files.syncDirectory(folder) }
            for file in files { try file.sync() }
        }
    }

    private func synced(_ loads: [RecordLoad], _ problem: String?) {
        syncing = nil
        if let problem {
            trouble = "cannot bring the log buffer \(directory) to the disk: \(problem)"
            unsynced = loads + unsynced
            isNameUnsynced = true
            // Tried again with the next records, or when it is closed.
            return
        }
        release(loads)
        if unsynced.isEmpty { onRoom?() } else { sync() }
    }

    /// It answers for these records from now on.
    private func release(_ loads: [RecordLoad]) {
        for load in loads {
            _ = load.end(nil)
            onSafe?(load.units)
        }
    }

    // MARK: Reading

    /// The next records, oldest first; nil if all have been given.
    func next() -> (partition: [UInt8], load: RecordLoad)? {
        guard isOpen else { return nil }
        settleCursor()
        if let first = fresh.first, first.place == cursor {
            fresh.removeFirst()
            freshBytes -= first.load.size
            let id = take(cursor, first.load.count, units: first.load.units)
            cursor.offset += first.length
            return (first.partition, first.load.owned(by: id))
        }
        while hasUnread {
            settleCursor()
            guard let segment = segments.first(where: { $0.number == cursor.segment }),
                cursor.offset < segment.end
            else { return nil }
            guard let frame = read(at: cursor, in: segment) else {
                giveUp(segment)
                continue
            }
            let id = take(cursor, frame.frame.ends.count, units: frame.frame.unitSum)
            cursor.offset += frame.length
            return (frame.frame.partition, frame.frame.load(frame: id))
        }
        return nil
    }

    private func read(at place: Place, in segment: Segment) -> (frame: BufferFrame, length: Int)? {
        let path = path(place.segment)
        guard
            let head = try? Files.read(path, from: place.offset, count: BufferFrame.headSize),
            let length = BufferFrame.length(head.span), place.offset + length <= segment.end,
            let text = try? Files.read(path, from: place.offset, count: length),
            let frame = BufferFrame(text.span)
        else { return nil }
        return (frame, length)
    }

    /// Leaves the rest of a segment that cannot be read.
    private func giveUp(_ segment: Segment) {
        trouble = "the log buffer \(path(segment.number)) is broken: the rest of it is lost"
        if segment.units > segment.unitsTaken { lost.append(segment.units - segment.unitsTaken) }
        fresh.removeAll { $0.place.segment == segment.number }
        freshBytes = fresh.reduce(0) { $0 + $1.load.size }
        cursor.offset = segment.end
        if segments.last?.number == segment.number { writer = nil }
        settleCursor()
    }

    private func take(_ place: Place, _ count: Int, units: Int) -> Int {
        let id = nextFrame
        nextFrame += 1
        taken[id] = Taken(place: place, remaining: count)
        if let index = segments.firstIndex(where: { $0.number == place.segment }) {
            segments[index].unitsTaken += units
        }
        return id
    }

    /// Puts the cursor on a frame, if there is one: behind a segment's head, or into the next segment.
    private func settleCursor() {
        guard let index = segments.firstIndex(where: { $0.number >= cursor.segment }) else {
            return
        }
        if segments[index].number > cursor.segment {
            cursor = Place(segment: segments[index].number, offset: 0)
        }
        cursor.offset = max(cursor.offset, BufferFrame.magic.count)
        if cursor.offset >= segments[index].end, index + 1 < segments.count {
            cursor = Place(segment: segments[index + 1].number, offset: BufferFrame.magic.count)
        }
    }

    // MARK: Forgetting

    /// Notes that records of a frame came to their end.
    func settle(frame: Int, count: Int) {
        guard var entry = taken[frame] else { return }
        entry.remaining -= count
        guard entry.remaining <= 0 else {
            taken[frame] = entry
            return
        }
        taken[frame] = nil
        forget()
    }

    /// Everything before this is done.
    private var mark: Place {
        min(taken.values.map(\.place).min() ?? cursor, cursor)
    }

    private func forget() {
        settleCursor()
        let mark = mark
        while let first = segments.first, first.number < mark.segment {
            // The mark must be written first: it names the segment that is left.
            writeMark()
            try? Files.remove(path(first.number))
            segments.removeFirst()
        }
        guard marker == nil else { return }
        marker = Alarm(at: Loop.main.now + .milliseconds(100)) { [weak self] in
            self?.marker = nil
            self?.writeMark()
        }
    }

    private func writeMark() {
        let mark = mark
        guard mark != written else { return }
        let text = "\(mark.segment) \(mark.offset)\n"
        do throws(SystemError) {
            try Files.writeAtomically(markPath, Array(text.utf8), mode: 0o600, sync: false)
            written = mark
        } catch {
            trouble = "\(Failure("cannot write to the log buffer \(directory)", error))"
        }
    }

    /// Gives up the oldest records that were not read, as far as the limit asks for it.
    ///
    /// - Returns: How many read records each piece of them stood for.
    func dropOldest() -> [Int] {
        var dropped: [Int] = []
        while bytes >= limit, hasUnread {
            settleCursor()
            guard let segment = segments.first(where: { $0.number == cursor.segment }) else {
                break
            }
            // The receipts of records that are not safe yet end with the others.
            fresh.removeAll { $0.place.segment == segment.number }
            freshBytes = fresh.reduce(0) { $0 + $1.load.size }
            dropped.append(segment.units - segment.unitsTaken)
            if let index = segments.firstIndex(where: { $0.number == segment.number }) {
                segments[index].unitsTaken = segment.units
            }
            cursor.offset = segment.end
            if segments.last?.number == segment.number { writer = nil }
            if writer == nil {
                // Nothing may be added to it any more.
                cursor = Place(segment: segment.number + 1, offset: 0)
            }
            let before = bytes
            forget()
            if bytes == before { break }
        }
        return dropped.filter { $0 > 0 }
    }

    /// Brings everything to the disk.
    func close() async {
        guard isOpen else { return }
        isOpen = false
        marker = nil
        retry = nil
        onRoom = nil
        // What is on its way to the disk is answered for as well, or its source would read it again.
        while let task = syncing { await task.value }
        if let writer, !unsynced.isEmpty {
            let loads = unsynced
            unsynced = []
            if (try? await Loop.main.offload(takeSync(writer))) != nil { release(loads) }
        }
        writeMark()
        writer = nil
        lock = nil
    }
}
