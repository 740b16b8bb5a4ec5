/// The log of a program: lines with a level, as text or JSON, on a sink that the program gives.
///
/// Secrets never go into it.
public struct Journal: Sendable {
    /// How much a line matters.
    public enum Level: String, Sendable, Comparable, CaseIterable {
        /// For those who look for a fault.
        case debug
        /// What the program does.
        case info
        /// What somebody should look at.
        case warning
        /// What went wrong.
        case error

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

        /// Orders by weight.
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    /// Lines below it are dropped.
    public var level: Level
    private let isJSON: Bool
    private let time: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// Makes a journal.
    ///
    /// - Parameters:
    ///   - level: Lines below it are dropped.
    ///   - isJSON: Whether each line is a JSON object with `time`, `level` and `message`.
    ///   - time: The present time as text.
    ///   - write: Takes a line without its line feed.
    public init(
        level: Level,
        isJSON: Bool,
        time: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.level = level
        self.isJSON = isJSON
        self.time = time
        self.write = write
    }

    /// A journal that drops everything.
    public static let silent = Self(level: .error, isJSON: false, time: { "" }, write: { _ in })

    /// Writes a line at level `debug`.
    public func debug(_ text: @autoclosure () -> String) { put(.debug, text()) }
    /// Writes a line at level `info`.
    public func info(_ text: @autoclosure () -> String) { put(.info, text()) }
    /// Writes a line at level `warning`.
    public func warning(_ text: @autoclosure () -> String) { put(.warning, text()) }
    /// Writes a line at level `error`.
    public func error(_ text: @autoclosure () -> String) { put(.error, text()) }

    private func put(_ level: Level, _ text: @autoclosure () -> String) {
        guard level >= self.level else { return }
        let text = text()
        guard isJSON else {
            return write("\(time()) \(level.rawValue.uppercased()) \(text)")
        }
        let quoted = Self.quoted(text)
        write("{\"time\":\"\(time())\",\"level\":\"\(level.rawValue)\",\"message\":\"\(quoted)\"}")
    }

    private static func quoted(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
