internal import Records

/// An expression that has been compiled, and what is known of it.
struct Compiled {
    /// What is run.
    var code: Expression
    /// The type of its value; no kinds at all if it never has one.
    var type: TypeInfo
    /// Whether it may fail.
    var isFallible = false
    /// Its value, where the language knows it when it compiles.
    var constant: Value?
    /// The expression as it is written.
    var span: Range<Int>
}
