/// `name("argument", 3)`.
struct GrokCall {
    var name: String
    var arguments: [String] = []
    /// The places of arguments that stand without quotes.
    private(set) var bare: Set<Int> = []

    init(_ text: String) {
        guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
            name = text
            return
        }
        name = String(text[..<open])
        var argument = ""
        var isQuoted = false
        var isEscaped = false
        var wasQuoted = false
        func isBare() -> Bool { !wasQuoted && !argument.isEmpty }
        for character in text[text.index(after: open)...].dropLast() {
            if isEscaped {
                // Only quotes and backslashes lose the mark before them.
                argument += character == "\"" || character == "\\" ? "" : "\\"
                argument.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                // Quotes of a call in it are its own.
                wasQuoted = wasQuoted || argument.isEmpty
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                if isBare() { bare.insert(arguments.count) }
                arguments.append(argument)
                argument = ""
                wasQuoted = false
            } else if isQuoted || character != " " {
                argument.append(character)
            }
        }
        if isBare() { bare.insert(arguments.count) }
        if wasQuoted || !argument.isEmpty { arguments.append(argument) }
    }

    /// What is said of arguments that do not fit.
    var refusal: FunctionError { FunctionError("invalid arguments for the function '\(name)'") }
}
