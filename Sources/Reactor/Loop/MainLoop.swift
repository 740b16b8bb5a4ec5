/// The actor of everything that runs on the program's one loop.
///
/// Its executor is `Loop.main`; a class marked `@MainLoop` needs no locks, and awaiting another one
/// costs no change of thread.
@globalActor public actor MainLoop {
    /// The one instance.
    public static let shared = MainLoop()

    /// The loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe Loop.main.asUnownedSerialExecutor()
    }
}
