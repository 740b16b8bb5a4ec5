import Basics

/// Why a text gives no samples at all.
package struct ReadProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// In one sentence, without a full stop.
    package var what: String
    /// The line, from 1; 0 if it is the text as a whole.
    package var line: Int

    /// Makes one.
    package init(_ what: String, line: Int = 0) {
        self.what = what
        self.line = line
    }

    package var description: String { line > 0 ? "line \(line): \(what)" : what }
}

/// What could not be read of a text that was read otherwise.
package struct ReadReport: Sendable, Hashable {
    /// How many parts could not be read.
    package private(set) var problems = 0
    /// The first of them.
    package private(set) var first: ReadProblem?

    /// Nothing yet.
    package init() {}

    /// Counts what could not be read.
    mutating func note(_ what: @autoclosure () -> String, line: Int = 0) {
        problems += 1
        if first == nil { first = ReadProblem(what(), line: line) }
    }
}

/// How a text becomes samples where its format leaves that open.
package struct ReadOptions: Sendable, Hashable {
    /// What becomes of texts in JSON and in pairs.
    package enum Strings: String, Sendable, Hashable, CaseIterable {
        /// They are left out.
        case ignore
        /// They become labels of `NAME_info`.
        case info
        /// Those that are numbers become so.
        case numbers
    }

    /// What every name begins with, sane already.
    package var prefix = ""
    /// What becomes of texts.
    package var strings = Strings.ignore
    /// Whether names that end with a unit such as `_ms` get the base unit, and their values with them.
    package var convertsUnits = true
    /// Names of series that are counters, though their names do not say so.
    package var counters: [String] = []
    /// Members whose texts become the label of an array's element, the first that is there.
    package var labelKeys = ["name", "id", "key"]

    /// The defaults.
    package init() {}
}
