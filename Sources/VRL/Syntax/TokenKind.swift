/// What a token of a script is; its text is in the source.
enum TokenKind: Sendable, Hashable {
    case identifier, reserved, integer, float, string, rawString, regex, timestamp
    case ifWord, elseWord, nullWord, trueWord, falseWord, abortWord, returnWord
    case forWord, breakWord, continueWord
    case newline, semicolon, comma, colon, dot, percent, underscore, bang, arrow, question,
        ampersand
    case openParenthesis, closeParenthesis, openBracket, closeBracket, openBrace, closeBrace
    case assign, mergeAssign
    case plus, minus, star, slash, pipe
    case equal, unequal, less, lessOrEqual, greater, greaterOrEqual, and, or, coalesce
    case invalid, end

    /// Whether a value may end with it, so that a minus after it subtracts.
    var endsValue: Bool {
        switch self {
        case .identifier, .reserved, .integer, .float, .string, .rawString, .regex, .timestamp,
            .nullWord, .trueWord, .falseWord, .closeParenthesis, .closeBracket, .closeBrace:
            true
        default: false
        }
    }

    /// Whether it is a word that may name a field.
    var isWord: Bool {
        switch self {
        case .identifier, .reserved, .ifWord, .elseWord, .nullWord, .trueWord, .falseWord,
            .abortWord, .returnWord, .forWord, .breakWord, .continueWord:
            true
        default: false
        }
    }
}
