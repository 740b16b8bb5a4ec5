internal import Basics
internal import Records
internal import System

/// The parsers of a configuration, by name: its own, and those that are always there.
struct ParserShelf {
    private let rules: [String: ParserRule]
    private let zone: Zone

    init(_ configuration: LogConfiguration) {
        rules = ParserRules.shipped.merging(configuration.parsers) { _, own in own }
        zone = Zone.local { try? Files.read($0) }
    }

    /// A parser, ready for texts.
    ///
    /// - Throws: `invalid` if there is none of that name, or it has a mistake.
    func parser(_ name: String) throws(Failure) -> CompiledParser {
        guard let rule = rules[name] else {
            let nearest = NearestMatch.of(name, among: rules.keys)
            throw Failure(
                .invalid,
                "there is no parser \"\(name)\"",
                remedy: nearest.map { "did you mean \"\($0)\"?" } ?? "define it in a parsers file"
            )
        }
        return try compile(rule, name)
    }

    /// A rule, ready for texts.
    ///
    /// - Throws: `invalid` if it has a mistake.
    func compile(_ rule: ParserRule, _ name: String) throws(Failure) -> CompiledParser {
        do throws(Failure) {
            return try CompiledParser(rule, systemZone: zone)
        } catch {
            throw Failure(
                error.code,
                "the parser \(name): \(error.what)",
                cause: error.cause,
                remedy: error.remedy
            )
        }
    }
}
