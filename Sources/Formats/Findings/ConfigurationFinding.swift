/// What a configuration says wrongly, or says without effect.
public struct ConfigurationFinding: Sendable, Hashable, CustomStringConvertible {
    /// How bad it is.
    public enum Gravity: String, Sendable, Hashable {
        /// The configuration is refused.
        case error
        /// The configuration is taken.
        case warning
    }

    /// How bad it is.
    public var gravity: Gravity
    /// The file, as it was named.
    public var file: String
    /// The place in the file; nil if it is the file as a whole.
    public var position: Position?
    /// The path of the key, the directive or the section; empty if there is none.
    public var path: String
    /// What is wrong, without a full stop.
    public var what: String
    /// What to do about it, without a full stop; may be empty.
    public var remedy: String

    /// Makes a finding.
    public init(
        _ gravity: Gravity,
        file: String,
        position: Position?,
        path: String = "",
        what: String,
        remedy: String = ""
    ) {
        self.gravity = gravity
        self.file = file
        self.position = position
        self.path = path
        self.what = what
        self.remedy = remedy
    }

    /// `file:line:column: path: what; remedy`.
    public var description: String {
        var text = file
        if let position { text += ":\(position)" }
        if !path.isEmpty { text += ": " + path }
        text += ": " + what
        if !remedy.isEmpty { text += "; " + remedy }
        return text
    }
}

/// Why a configuration is refused: all that was found in it.
public struct ConfigurationErrors: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was found, in the order of files and lines; at least one is an error.
    public var findings: [ConfigurationFinding]

    /// Makes a refusal.
    public init(_ findings: [ConfigurationFinding]) {
        self.findings = findings
    }

    /// The findings that are errors.
    public var errors: [ConfigurationFinding] { findings.filter { $0.gravity == .error } }

    /// One line for each finding, the gravity in front.
    public var description: String {
        findings.map { "\($0.gravity.rawValue): \($0)" }.joined(separator: "\n")
    }
}
