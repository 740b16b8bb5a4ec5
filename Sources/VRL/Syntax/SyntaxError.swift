/// Why a script is no VRL: the complaint that ends parsing.
struct SyntaxError: Error {
    /// The complaint.
    var diagnostic: Diagnostic

    /// Makes an error of one place.
    init(_ code: Int, _ message: String, _ labels: [Diagnostic.Label]) {
        diagnostic = Diagnostic(code: code, message: message, labels: labels)
    }

    /// An error with one label.
    init(_ code: Int, _ message: String, at span: Range<Int>, _ label: String) {
        self.init(code, message, [.primary(label, span)])
    }
}
