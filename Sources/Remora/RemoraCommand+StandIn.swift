internal import Basics

extension RemoraCommand {
    /// When a role of the companion takes the place of a helper's image.
    static let standIn = OptionSpec(
        "stand-in",
        nil,
        .choice(["always", "missing", "never"]),
        help: "let the companion take the place of helpers' images that cannot be had",
        byDefault: "missing"
    )
    /// Where the companion is.
    static let companion = OptionSpec(
        "companion",
        nil,
        .text("PATH"),
        help: "the companion's static program, for --stand-in",
        byDefault: "beside remora, else in PATH"
    )
}
