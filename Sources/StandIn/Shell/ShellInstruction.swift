/// What a script does, step by step: jumps lead to the number of a step.
enum ShellInstruction: Sendable, Hashable {
    case run(ShellCall)
    case assign([ShellAssignment])
    /// `((...))`: its value other than 0 is success.
    case calculate(ShellWord)
    case jump(Int)
    /// Goes there if the last command succeeded, or if it failed.
    case branch(ifSucceeded: Bool, Int)
    /// `case`: goes to the first arm with a pattern that the word fits, or behind all of them with success.
    case choose(ShellWord, [ShellArm], otherwise: Int)
    /// The end of a command in the background: its status is kept for `wait $!`.
    case keepJob
    /// `wait $!`: the status that was kept.
    case takeJob
    /// Turns success into failure and back.
    case negate
    case succeed
    /// A loop begins: its end is what `break` leads to, its head what `continue` leads to.
    case enterLoop(head: Int, end: Int)
    /// `for`: a loop over words.
    case enterEach([ShellWord], head: Int, end: Int)
    /// The next word of the `for`, or its end.
    case takeNext(String)
    /// The end of a loop's body.
    case again
    /// `( )`, `sh -c`: what is set there ends with it, and `exit` ends it only.
    case enterScope(end: Int)
    /// As a scope; what is written is kept: `$( )`, or what stands before a pipe.
    case enterCapture(end: Int, isPipe: Bool)
    /// A function is called with words.
    case enterCall([ShellWord], end: Int)
    /// `timeout N`.
    case enterTimeout(ShellWord, end: Int)
    case enterRedirects([ShellRedirect], end: Int)
    /// The end of what was entered last.
    case leave
    /// `break N`, `continue N`.
    case `break`(Int)
    case `continue`(Int)
    case `return`(ShellWord?)
    case exit(ShellWord?)
    /// Ends the script after a failure under `set -e`.
    case check
    case nothing
}

/// An arm of a `case`.
struct ShellArm: Sendable, Hashable {
    var patterns: [ShellWord]
    /// Its first step.
    var place: Int
}

/// A step, and whether its failure is looked at by the script itself, so that `set -e` does not end it.
struct ShellStep: Sendable, Hashable {
    var instruction: ShellInstruction
    var isTested = false
}
