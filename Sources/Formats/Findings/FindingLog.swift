internal import Basics

/// Where the readers of one configuration write what they find.
public final class FindingLog {
    /// The most that is reported: a wrong file may be wrong everywhere.
    public static let findingsMaximum = 200
    /// The longest text of a finding, in bytes: a word may be as long as the file.
    public static let textMaximum = 1000

    /// What was found, as it came.
    public private(set) var findings: [ConfigurationFinding] = []
    private var seen: Set<ConfigurationFinding> = []
    /// Whether what is not known or not supported is a warning.
    public let isLenient: Bool

    /// Begins with nothing found.
    public init(isLenient: Bool) {
        self.isLenient = isLenient
    }

    /// Whether the configuration is to be refused.
    public var hasErrors: Bool { findings.contains { $0.gravity == .error } }

    /// Adds a finding, once; texts are shortened and put on one line.
    public func add(_ finding: ConfigurationFinding) {
        // However many warnings there are, an error is among what is told.
        guard findings.count < Self.findingsMaximum || finding.gravity == .error && !hasErrors
        else { return }
        var finding = finding
        finding.file = Self.shown(finding.file)
        finding.path = Self.shown(finding.path)
        finding.what = Self.shown(finding.what)
        finding.remedy = Self.shown(finding.remedy)
        if seen.insert(finding).inserted { findings.append(finding) }
    }

    /// A text that quotes a configuration, on one line and without what changes a terminal.
    private static func shown(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        if isPlain, text.utf8.count <= textMaximum { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if shown.utf8.count >= textMaximum { return shown + "…" }
            if scalar.value >= 32, scalar.value != 127 {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += scalar.escaped(asASCII: true)
            }
        }
        return shown
    }

    /// Adds an error.
    public func error(_ place: Place, _ what: String, _ remedy: String = "") {
        add(place.finding(.error, what, remedy))
    }

    /// Adds a warning.
    public func warn(_ place: Place, _ what: String, _ remedy: String = "") {
        add(place.finding(.warning, what, remedy))
    }

    /// What the language has and this program has not; whoever is lenient does without.
    public func unsupported(_ place: Place, _ what: String, _ remedy: String = "") {
        add(place.finding(isLenient ? .warning : .error, what, remedy))
    }

    /// A word that is not known, and the known one that was perhaps meant.
    public func unknown(
        _ place: Place,
        _ kind: String,
        _ word: String,
        among known: some Sequence<String>
    ) {
        let nearest = NearestMatch.of(word, among: known)
        unsupported(
            place,
            "\(kind) \"\(word)\" is not known",
            nearest.map { "did you mean \"\($0)\"?" } ?? ""
        )
    }

    /// The findings by place, errors and warnings mixed.
    public var sorted: [ConfigurationFinding] {
        var ranks: [String: Int] = [:]
        for finding in findings where ranks[finding.file] == nil {
            ranks[finding.file] = ranks.count
        }
        return findings.enumerated()
            .sorted {
                let (left, right) = ($0.element, $1.element)
                if left.file != right.file {
                    return (ranks[left.file] ?? 0) < (ranks[right.file] ?? 0)
                }
                let places = (left.position ?? .start, right.position ?? .start)
                return places.0 == places.1 ? $0.offset < $1.offset : places.0 < places.1
            }
            .map(\.element)
    }
}

/// A place in a configuration.
public struct Place: Sendable, Hashable {
    /// The file, as it was named.
    public var file: String
    /// The place in the file; nil if it is the file as a whole.
    public var position: Position?
    /// The path of the key, the directive or the section; empty if there is none.
    public var path: String

    /// Names a place.
    public init(_ file: String, _ position: Position?, _ path: String = "") {
        self.file = file
        self.position = position
        self.path = path
    }

    /// `file:line`, as sources, transforms and sinks keep it for messages.
    public var short: String { position.map { "\(file):\($0.line)" } ?? file }

    /// `file:line:column`, for findings that name another place than their own.
    public var full: String { position.map { "\(file):\($0)" } ?? file }

    /// A finding here.
    ///
    /// - Returns: The finding, which is in no log yet.
    public func finding(_ gravity: ConfigurationFinding.Gravity, _ what: String, _ remedy: String)
        -> ConfigurationFinding
    {
        ConfigurationFinding(
            gravity,
            file: file,
            position: position,
            path: path,
            what: what,
            remedy: remedy
        )
    }
}
