internal import Basics
internal import Reactor

/// A role of the companion: what a helper container does in a pod.
@MainLoop struct Role {
    /// The word that asks for it.
    let name: String
    /// Names of programs that it stands for.
    let programs: [String]
    /// Its command line.
    let spec: CommandSpec
    /// Turns the words of a program that it stands for into its own.
    let translate: @MainLoop (_ program: String, _ words: [String]) -> [String]
    /// Takes the role until it ends; the result is the exit code.
    let run: @MainLoop (Invocation, _ program: String) async throws(Failure) -> Int32

    /// Every role.
    static let all: [Role] = [ProxyRole.role, LogsRole.role, VRLRole.role]
}
