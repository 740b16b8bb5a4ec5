import Formats

/// A part of a word, with what has to be worked out when it is used.
indirect enum ShellPiece: Sendable, Hashable {
    case text(String)
    /// `$NAME`, with what stands for it if it is not set or empty.
    case variable(String, standard: [ShellPiece]?)
    /// What the commands of a `$(...)` wrote, which have run just before.
    case output
    /// `$((...))`.
    case arithmetic([ShellPiece])
}

/// A word of a command.
struct ShellWord: Sendable, Hashable {
    var pieces: [ShellPiece]
    /// Whether nothing of it was quoted, so that it may become several words, or none.
    var isPlain: Bool
    var position: Position
    /// Much as it was written, its quotes taken off.
    var written: String

    /// Its text, if nothing is filled in.
    var fixed: String? {
        var text = ""
        for piece in pieces {
            guard case .text(let part) = piece else { return nil }
            text += part
        }
        return text
    }

    /// How many outputs of commands it takes.
    static func outputs(of pieces: [ShellPiece]) -> Int {
        pieces.reduce(0) { sum, piece in
            switch piece {
            case .output: sum + 1
            case .arithmetic(let inner): sum + outputs(of: inner)
            case .variable(_, let standard): sum + outputs(of: standard ?? [])
            case .text: sum
            }
        }
    }
}

/// `NAME=value`.
struct ShellAssignment: Sendable, Hashable {
    var name: String
    var value: ShellWord
}

/// `>`, `2>&1` and their like.
struct ShellRedirect: Sendable, Hashable {
    /// Which descriptor.
    var number: Int
    /// `>`, `>>`, `<`, `&>`, or `<<` with a text in the place of a path.
    var sign: String
    /// The descriptor that it becomes.
    var other: Int?
    /// The file.
    var path: ShellWord?
    var position: Position
}

/// A simple command.
struct ShellCall: Sendable, Hashable {
    var words: [ShellWord]
    /// Variables that only this command has.
    var variables: [ShellAssignment] = []
    var redirects: [ShellRedirect] = []
    /// Whether words stay whole, as in `[[ ]]`.
    var keepsWords = false
    /// Whether what it writes is needed.
    var isHeard = false

    var position: Position { words.first?.position ?? variables.first?.value.position ?? .start }
}
