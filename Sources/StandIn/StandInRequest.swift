/// A container as its manifest has it: what is known of it without its image.
package struct StandInRequest: Sendable, Hashable {
    /// The image's name.
    package var image: String
    /// The manifest's `command`: what runs in place of the image's own program.
    package var command: [String]
    /// The manifest's `args`: the words behind it.
    package var args: [String]
    /// The variables that the manifest gives; one whose value is not known has an empty one.
    package var environment: [String: String]
    /// Variables that have a value which is not known: from Secrets, ConfigMaps and fields.
    package var unknown: Set<String> = []
    /// Whether there may be more variables than those that are known by name (`envFrom`).
    package var hasMoreVariables = false
    /// Where volumes are mounted: directories, or files by `subPath`.
    package var mounts: [String]
    /// The ports that the manifest declares.
    package var ports: [Int]
    /// What the files in the volumes say, by their paths in the container, as far as it is known.
    package var files: [String: String]

    /// Puts them together.
    package init(
        image: String,
        command: [String] = [],
        args: [String] = [],
        environment: [String: String] = [:],
        mounts: [String] = [],
        ports: [Int] = [],
        files: [String: String] = [:]
    ) {
        self.image = image
        self.command = command
        self.args = args
        self.environment = environment
        self.mounts = mounts.map(Self.clean)
        self.ports = ports
        self.files = files
    }

    /// Takes the variables that the container really has: nothing is unknown any more.
    package mutating func resolve(_ variables: [(String, String)]) {
        for (name, value) in variables { environment[name] = value }
        unknown = []
        hasMoreVariables = false
    }

    /// Whether only the container will know what a variable holds.
    func isUnknown(_ name: String) -> Bool {
        unknown.contains(name) || hasMoreVariables && environment[name] == nil
    }

    /// A script in which references that are filled in before the shell sees it (`$(NAME)`) are variables of the shell.
    func withoutReferences(_ script: String) -> String {
        guard script.contains("$(") else { return script }
        return Self.expand(script, collapses: false) { unknown.contains($0) ? "${\($0)}" : nil }
    }

    /// A text with its references `$(NAME)` filled in as the kubelet does it: those that are not known stay, and `$$`
    /// is a `$`.
    static func expand(
        _ text: String,
        collapses: Bool = true,
        _ value: (String) -> String?
    ) -> String {
        var made = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "$" else {
                made.append(character)
                continue
            }
            if collapses, rest.hasPrefix("$") {
                rest = rest.dropFirst()
                made.append("$")
                continue
            }
            if rest.hasPrefix("("), let end = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                if let value = value(name) {
                    made += value
                    rest = rest[rest.index(after: end)...]
                    continue
                }
            }
            made.append("$")
        }
        return made
    }

    /// The path without doubled or trailing slashes.
    package static func clean(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// The last part of a path.
    static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
