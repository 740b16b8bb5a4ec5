internal import Records

/// An expression of a script as it is written.
struct Syntax {
    /// What it is.
    var kind: Kind
    /// Its bytes in the source.
    var span: Range<Int>

    /// Every sort of expression.
    indirect enum Kind {
        case literal(Value)
        case regex(String)
        case timestamp(String)
        case template([TemplatePart])
        case group(Syntax)
        case block([Syntax])
        case array([Syntax])
        case object([(key: String, value: Syntax)])
        case variable(String)
        /// The `_` of an assignment.
        case nothing
        case query(Root, [PathSegment])
        case call(Call)
        case assignment(Assignment)
        case choice([Branch], otherwise: Syntax?)
        case not(Syntax)
        case binary(Operator, Syntax, Syntax, at: Range<Int>)
        case abort(Syntax?)
        case result(Syntax)
        case loop(Loop)
        /// `break`, or `continue`.
        case jump(isBreak: Bool)
    }

    /// Where a path starts.
    indirect enum Root {
        case event
        case metadata
        case variable(String)
        case expression(Syntax)
    }

    /// A part of a text with `{{ }}`.
    enum TemplatePart {
        case text(String)
        case variable(String, Range<Int>)
    }

    /// The call of a function.
    struct Call {
        var name: String
        var nameSpan: Range<Int>
        /// Whether an error ends the script (`!`).
        var aborts: Bool
        var arguments: [Argument]
        var closure: Closure?
    }

    /// An argument of a call.
    struct Argument {
        var keyword: (name: String, span: Range<Int>)?
        var value: Syntax
    }

    /// The closure of a call.
    struct Closure {
        /// Names; empty for `_`.
        var parameters: [(name: String, span: Range<Int>)]
        var parametersSpan: Range<Int>
        var body: Syntax
    }

    /// An assignment.
    struct Assignment {
        var target: Syntax
        /// The target of the error.
        var errorTarget: Syntax?
        /// Whether it is `|=`.
        var merges: Bool
        var value: Syntax
    }

    /// `for value in list { }` and `for key, value in map { }`.
    struct Loop {
        /// Names; empty for `_`.
        var parameters: [(name: String, span: Range<Int>)]
        var subject: Syntax
        var body: Syntax
    }

    /// A condition and what is done if it holds.
    struct Branch {
        /// More than one for `if (a; b)`.
        var conditions: [Syntax]
        var conditionSpan: Range<Int>
        var body: Syntax
    }

    /// An operator between two expressions.
    enum Operator: String, Sendable {
        case coalesce = "??"
        case or = "||"
        case and = "&&"
        case equal = "=="
        case unequal = "!="
        case greater = ">"
        case greaterOrEqual = ">="
        case less = "<"
        case lessOrEqual = "<="
        case merge = "|"
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"

        /// Whether it compares two values.
        var isComparison: Bool {
            switch self {
            case .equal, .unequal, .greater, .greaterOrEqual, .less, .lessOrEqual: true
            default: false
            }
        }

        /// How tightly it binds.
        var precedence: Int {
            switch self {
            case .coalesce: 1
            case .or, .and: 2
            case .equal, .unequal: 3
            case .greater, .greaterOrEqual, .less, .lessOrEqual: 4
            case .merge: 5
            case .add, .subtract: 6
            case .multiply, .divide: 7
            }
        }

        /// The operator that a token is.
        init?(_ kind: TokenKind) {
            switch kind {
            case .coalesce: self = .coalesce
            case .or: self = .or
            case .and: self = .and
            case .equal: self = .equal
            case .unequal: self = .unequal
            case .greater: self = .greater
            case .greaterOrEqual: self = .greaterOrEqual
            case .less: self = .less
            case .lessOrEqual: self = .lessOrEqual
            case .pipe: self = .merge
            case .plus: self = .add
            case .minus: self = .subtract
            case .star: self = .multiply
            case .slash: self = .divide
            default: return nil
            }
        }
    }
}
