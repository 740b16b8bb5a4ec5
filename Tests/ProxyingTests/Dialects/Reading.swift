import Formats
import Proxying

/// What a reader makes of a text, in a form that tables can hold.
enum Reading {
    static func value(
        _ text: String,
        _ dialect: Dialect,
        name: String = "file",
        options: ReadingOptions = ReadingOptions()
    ) throws -> ConfigurationReader.Result {
        try ConfigurationReader.read(
            Array(text.utf8),
            name: name,
            dialect: dialect,
            options: options
        )
    }

    /// All findings of a text, errors and warnings, one in a line.
    static func findings(
        _ text: String,
        _ dialect: Dialect,
        options: ReadingOptions = ReadingOptions()
    ) -> [String] {
        do {
            return try value(text, dialect, options: options).warnings.map { "warning \($0)" }
        } catch let error as ConfigurationErrors {
            return error.findings.map { "\($0.gravity) \($0)" }
        } catch {
            return ["\(error)"]
        }
    }
}
