internal import Formats

/// Why a CNI plugin did not do its work.
struct CNIFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The plugin: `bridge`.
    var plugin: String
    /// What was asked of it: `ADD`.
    var verb: String
    /// What it said.
    var cause: String

    /// As containerd words it.
    var description: String {
        "plugin type=\"\(plugin)\" failed (\(verb.lowercased())): \(cause)"
    }

    init(plugin: String, verb: String, cause: String) {
        self.plugin = plugin
        self.verb = verb
        self.cause = cause
    }

    /// Reads the error object that a plugin prints (CNI specification 1.0, section 5).
    init(plugin: String, verb: String, output: [UInt8], errors: String) {
        self.plugin = plugin
        self.verb = verb
        if let json = try? JSON.parse(output), let message = json["msg"]?.string, !message.isEmpty {
            let details = json["details"]?.string ?? ""
            cause = details.isEmpty ? message : message + "; " + details
        } else {
            let words = errors.split(separator: "\n").last.map(String.init) ?? ""
            cause = words.isEmpty ? "it failed and said nothing" : words
        }
    }
}
