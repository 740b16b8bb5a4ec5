/// Turns the bytes of a log into what the reader wants to see; pure, fed in pieces of any size.
struct LogFilter {
    private let options: LogOptions
    private var rest: [UInt8] = []
    private var isNewLine = true
    private var remaining: Int

    /// How long a line without end may grow before it is given up: more than conmon ever writes.
    static let lineLimit = 1 << 20

    init(_ options: LogOptions) {
        self.options = options
        remaining = options.limitBytes ?? .max
    }

    /// Whether the byte limit is reached.
    var isFull: Bool { remaining == 0 }

    /// The text in some more bytes of the log.
    mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
        var shown: [UInt8] = []
        var buffer = rest + bytes
        var start = 0
        while remaining > 0, let end = buffer[start...].firstIndex(of: 0x0A) {
            if let line = LogLine(buffer[start..<end]) { show(line, &shown) }
            start = end + 1
        }
        buffer.removeFirst(start)
        rest = buffer.count > Self.lineLimit ? [] : buffer
        return shown
    }

    private mutating func show(_ line: LogLine, _ shown: inout [UInt8]) {
        switch options.stream {
        case .all: break
        case .output where line.isError: return
        case .errors where !line.isError: return
        default: break
        }
        if let since = options.since, let time = line.timestamp, time < since { return }
        if options.timestamps, isNewLine { put(line.shownTime + [0x20], &shown) }
        put(line.text, &shown)
        if !line.isPartial { put([0x0A], &shown) }
        isNewLine = !line.isPartial
    }

    private mutating func put(_ bytes: some Collection<UInt8>, _ shown: inout [UInt8]) {
        let taken = bytes.prefix(remaining)
        shown += taken
        remaining -= taken.count
    }
}
