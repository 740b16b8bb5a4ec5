/// The blocking step that the pod's serial worker waits for; containers by their index in the plan.
enum Step: Sendable, Hashable {
    case mountVolumes
    case createSandbox(Int)
    case stopSandbox(Int)
    case pull(Int)
    case create(Int)
    case start(Int)
    case postStart(Int)
    /// A single container is being stopped.
    case stop(Int)
    case tearDown
    /// Running containers get other resources.
    case resize

    /// The container that the step is about.
    var container: Int? {
        switch self {
        case .pull(let index), .create(let index), .start(let index), .postStart(let index),
            .stop(let index):
            index
        case .mountVolumes, .createSandbox, .stopSandbox, .tearDown, .resize: nil
        }
    }
}

/// Where the pod's worker is; entered in this order and never left backwards.
enum Stage: String, Sendable, Hashable {
    /// Brings the pod up and keeps it running.
    case syncing
    /// Stops the containers, then the sandbox, then takes down the rest.
    case terminating
    /// Nothing is left.
    case finished
}
