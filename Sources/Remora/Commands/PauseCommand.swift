internal import System

/// `remora pause`: PID 1 of a pod that shares its process namespace.
///
/// It reaps what is handed to it and ends on SIGTERM or SIGINT, with which the engine stops it.
enum PauseCommand {
    static func run() -> Never {
        NamespaceHolder.run()
    }
}
