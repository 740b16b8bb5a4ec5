/// What a program tells about its work: one line per event, for people or for machines.
///
/// A value that is passed around; `with` makes one that adds fields to every line. Lines go to the
/// sink it was made with, from any thread.
public struct Journal: Sendable {
    /// How much an event matters.
    public enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
        /// What helps to find a fault in the program itself.
        case debug
        /// What an operator wants to know in normal times.
        case info
        /// What went wrong and was dealt with.
        case warning
        /// What went wrong and needs somebody.
        case error

        /// Orders by importance.
        public static func < (left: Self, right: Self) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// The least important level that is written.
    public var level: Level
    private let isJSON: Bool
    private let fields: [(String, String)]
    private let time: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// A journal whose lines go to `write`, without their line feed.
    ///
    /// A line is `TIME level message key=value`, or with `isJSON` an object with `time`, `level`,
    /// `message` and the fields. `time` gives the present time as text.
    public init(
        level: Level,
        isJSON: Bool,
        time: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.init(level: level, isJSON: isJSON, fields: [], time: time, write: write)
    }

    private init(
        level: Level,
        isJSON: Bool,
        fields: [(String, String)],
        time: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.level = level
        self.isJSON = isJSON
        self.fields = fields
        self.time = time
        self.write = write
    }

    /// A journal that drops everything.
    public static let silent = Self(level: .error, isJSON: false, time: { "" }, write: { _ in })

    /// The same journal with more fields in every line.
    public func with(_ more: KeyValuePairs<String, String>) -> Journal {
        Journal(
            level: level,
            isJSON: isJSON,
            fields: fields + more.map { ($0.key, $0.value) },
            time: time,
            write: write
        )
    }

    /// Writes a line if its level is wanted; the texts are not made otherwise.
    public func note(
        _ level: Level,
        _ message: @autoclosure () -> String,
        _ more: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        guard level >= self.level else { return }
        let all = fields + more().map { ($0.key, $0.value) }
        let line = JournalLine(time: time(), level: level, message: message(), fields: all)
        write(isJSON ? line.json : line.plain)
    }

    /// Writes a line of level `debug`.
    public func debug(
        _ message: @autoclosure () -> String,
        _ more: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        note(.debug, message(), more())
    }

    /// Writes a line of level `info`.
    public func info(
        _ message: @autoclosure () -> String,
        _ more: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        note(.info, message(), more())
    }

    /// Writes a line of level `warning`.
    public func warning(
        _ message: @autoclosure () -> String,
        _ more: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        note(.warning, message(), more())
    }

    /// Writes a line of level `error`.
    public func error(
        _ message: @autoclosure () -> String,
        _ more: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        note(.error, message(), more())
    }
}
