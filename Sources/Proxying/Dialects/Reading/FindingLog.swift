import Basics
import Formats

/// Where the readers of one configuration write what they find.
final class FindingLog {
    /// The most that is reported: a wrong file may be wrong everywhere.
    static let findingsMaximum = 200

    private(set) var findings: [Finding] = []
    private let isLenient: Bool

    init(isLenient: Bool) {
        self.isLenient = isLenient
    }

    var hasErrors: Bool { findings.contains { $0.gravity == .error } }

    func add(_ finding: Finding) {
        guard findings.count < Self.findingsMaximum, !findings.contains(finding) else { return }
        findings.append(finding)
    }

    func error(_ place: Place, _ what: String, _ remedy: String = "") {
        add(place.finding(.error, what, remedy))
    }

    func warn(_ place: Place, _ what: String, _ remedy: String = "") {
        add(place.finding(.warning, what, remedy))
    }

    /// What the language has and this proxy has not; whoever is lenient does without.
    func unsupported(_ place: Place, _ what: String, _ remedy: String = "") {
        add(place.finding(isLenient ? .warning : .error, what, remedy))
    }

    /// A word that is not known, and the known one that was perhaps meant.
    func unknown(
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

    /// Reports what is wrong with the commands of access logs in a text.
    func checkCommands(_ text: String, _ place: Place) {
        do throws(Failure) {
            _ = try CommandText(text)
        } catch {
            self.error(place, error.description)
        }
    }

    /// The findings by place, errors and warnings mixed.
    var sorted: [Finding] {
        let files = findings.map(\.file)
        func rank(_ file: String) -> Int { files.firstIndex(of: file) ?? 0 }
        return findings.enumerated()
            .sorted {
                let (left, right) = ($0.element, $1.element)
                if left.file != right.file { return rank(left.file) < rank(right.file) }
                let places = (left.position ?? .start, right.position ?? .start)
                return places.0 == places.1 ? $0.offset < $1.offset : places.0 < places.1
            }
            .map(\.element)
    }
}

/// A place in a configuration.
struct Place {
    var file: String
    var position: Position?
    var path: String

    init(_ file: String, _ position: Position?, _ path: String = "") {
        self.file = file
        self.position = position
        self.path = path
    }

    func finding(_ gravity: Finding.Gravity, _ what: String, _ remedy: String) -> Finding {
        Finding(
            gravity,
            file: file,
            position: position,
            path: path,
            what: what,
            remedy: remedy
        )
    }
}
