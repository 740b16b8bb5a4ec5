/// Which jumps lead out of a block.
enum Jumps {
    /// None: it is neither in a loop nor in a closure that may end its call.
    case none
    /// `break` ends the call whose closure it is.
    case closure
    /// `break` and `continue`.
    case loop
}
