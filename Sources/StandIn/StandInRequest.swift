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

    /// The path without doubled or trailing slashes.
    package static func clean(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// The last part of a path.
    static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
