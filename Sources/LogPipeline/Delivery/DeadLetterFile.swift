public import Basics
internal import Formats
public import Reactor
internal import Records
internal import System

/// Dead letters in a file of JSON lines, `{"time":...,"sink":...,"code":...,"reason":...,"record":...}`.
///
/// A file that has reached its limit gets the name `<path>.1`, older ones `<path>.2` and so on; the oldest
/// is removed.
@MainLoop public final class DeadLetterFile: DeadLetters {
    /// The file that is written.
    public let path: String
    /// The most bytes of a file.
    public let limit: Int
    /// How many full files are kept.
    public let keptFiles: Int
    /// How many records were kept.
    public private(set) var count = 0
    private var file: AppendFile?
    private var end = 0
    private let json = JSONText()
    private var scan = JSONScan()

    /// Names the file; it is made when there is something to write.
    public init(path: String, limit: Int = 64 << 20, keptFiles: Int = 3) {
        self.path = path
        self.limit = limit
        self.keptFiles = keptFiles
    }

    /// Writes a line.
    ///
    /// - Throws: When the file cannot be written: nothing of the line is left in it then.
    public func keep(
        record: Span<UInt8>,
        sink: String,
        reason: String,
        code: Int?,
        at time: Timestamp
    ) throws(Failure) {
        var line: [UInt8] = []
        line.append(text: "{\"time\":\"" + time.rfc3339Nano + "\",\"sink\":")
        json.append(text: sink, to: &line)
        line.append(text: ",\"code\":" + (code.map { String($0) } ?? "null") + ",\"reason\":")
        json.append(text: reason, to: &line)
        line.append(text: ",\"record\":")
        // What is no JSON is kept as a text. A line feed between members would end the line.
        let isMap = scan.scan(record) != .invalid
        let start = line.count
        if isMap {
            line.append(record)
            for place in start..<line.count where line[place] < 0x20 { line[place] = 0x20 }
        } else {
            json.append(text: record, to: &line)
        }
        line.append(text: "}\n")
        do throws(SystemError) {
            try open(for: line.count)
            try file?.append(line, at: end)
        } catch {
            throw Failure("cannot keep a rejected record in \(path)", error)
        }
        end += line.count
        count += 1
    }

    /// Waits until all lines are on the disk.
    ///
    /// - Throws: When the disk fails.
    public func sync() async throws(Failure) {
        guard let file else { return }
        do {
            try await Loop.main.offload { try file.sync() }
        } catch let error as SystemError {
            throw Failure("cannot bring rejected records in \(path) to the disk", error)
        } catch {
            throw error as? Failure
                ?? Failure(.unavailable, "cannot bring rejected records to the disk")
        }
    }

    private func open(for count: Int) throws(SystemError) {
        if file != nil, end > 0, end + count > limit {
            // What is renamed must be safe first: later calls of `sync` see the new file.
            try file?.sync()
            try rotate()
            file = nil
        }
        guard file == nil else { return }
        let directory = Files.parent(of: path)
        if !Files.isDirectory(directory) { try Files.makeDirectories(directory, mode: 0o755) }
        let fresh = try AppendFile(path)
        end = try fresh.size()
        file = fresh
    }

    private func rotate() throws(SystemError) {
        guard keptFiles > 0 else {
            try Files.remove(path)
            return
        }
        for number in stride(from: keptFiles, to: 0, by: -1) {
            let from = number == 1 ? path : path + "." + String(number - 1)
            if Files.exists(from) { try Files.rename(from, to: path + "." + String(number)) }
        }
    }
}
