/// Names of fields with `*` at the end for any rest, as Fluent Bit's filters have them.
enum NameRule {
    /// Whether a name fits.
    static func fits(_ name: String, _ rule: String) -> Bool {
        rule.hasSuffix("*") ? name.hasPrefix(rule.dropLast()) : name == rule
    }

    /// Whether a name fits, whatever the case of its letters.
    static func fitsAnyCase(_ name: String, _ rule: String) -> Bool {
        fits(name.lowercased(), rule.lowercased())
    }
}
