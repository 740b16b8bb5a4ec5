/// A token of a script: its kind and where it stands.
struct Token: Sendable, Hashable {
    /// What it is.
    var kind: TokenKind
    /// Its bytes in the source.
    var span: Range<Int>
}
