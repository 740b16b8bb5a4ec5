/// A part of a word of a shell's script.
package enum ShellPart: Sendable, Hashable {
    /// A text, quoted or not.
    case text(String)
    /// `$NAME` or `${NAME}`, with what stands for it if it is not set.
    case variable(String, standard: String?)
    /// `$(...)` or backticks: what stands between.
    case command(String)
}

/// A word or sign of a shell's script.
package enum ShellToken: Sendable, Hashable {
    /// A word and where it begins; `isPlain` if nothing of it was quoted.
    case word([ShellPart], isPlain: Bool, Position)
    /// `;`, a line end, `;;`, `&`, `&&`, `||`, `|`, `(`, `)`.
    case sign(String, Position)
    /// `>`, `>>`, `<`, `2>`, `2>&1` and so on: the descriptor, the sign and, for `&1`, the target. Behind `<<` the text
    /// itself is the next word.
    case redirect(Int, String, target: String?, Position)

    /// Where it begins.
    package var position: Position {
        switch self {
        case .word(_, _, let position), .sign(_, let position), .redirect(_, _, _, let position):
            position
        }
    }

    /// The text of a word without anything to be filled in; nil for other tokens.
    package var plainText: String? {
        guard case .word(let parts, _, _) = self else { return nil }
        var text = ""
        for part in parts {
            guard case .text(let piece) = part else { return nil }
            text += piece
        }
        return text
    }
}
