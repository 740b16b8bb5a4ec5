/// What a container waits for; containers by their index in the plan.
enum WaitReason: Sendable, Hashable {
    case volumes
    case sandbox
    case initContainer(Int)
    case sidecarStart(Int)
    /// The pod's worker is busy with another container.
    case turn(Int)
    case imagePull
    case imageBackoff
    case crashBackoff(seconds: Int)
    case retry
    case mainsStop
    case sidecarStop(Int)

    /// The wait in words, given the containers' names.
    func text(_ names: [String]) -> String {
        switch self {
        case .volumes: "volumes"
        case .sandbox: "pod sandbox"
        case .initContainer(let index): "init container \"\(names[index])\""
        case .sidecarStart(let index): "sidecar \"\(names[index])\" to start"
        case .turn(let index): "start of container \"\(names[index])\""
        case .imagePull: "image pull"
        case .imageBackoff: "image pull back-off"
        case .crashBackoff(let seconds):
            "back-off " + ShortDuration.text(seconds: Int64(seconds))
        case .retry: "retry after a failed start"
        case .mainsStop: "main containers to stop"
        case .sidecarStop(let index): "sidecar \"\(names[index])\" to stop"
        }
    }

    /// A stable short form for the ledger.
    var code: String {
        switch self {
        case .volumes: "volumes"
        case .sandbox: "sandbox"
        case .initContainer(let index): "init/\(index)"
        case .sidecarStart(let index): "sidecar/\(index)"
        case .turn(let index): "turn/\(index)"
        case .imagePull: "pull"
        case .imageBackoff: "image"
        case .crashBackoff(let seconds): "crash/\(seconds)"
        case .retry: "retry"
        case .mainsStop: "mains"
        case .sidecarStop(let index): "stop/\(index)"
        }
    }

    /// Reads the short form; containers must be below `count`.
    init?(code: String, count: Int) {
        let parts = code.split(separator: "/")
        let number = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first.map(String.init), number) {
        case ("volumes", nil): self = .volumes
        case ("sandbox", nil): self = .sandbox
        case ("pull", nil): self = .imagePull
        case ("image", nil): self = .imageBackoff
        case ("retry", nil): self = .retry
        case ("mains", nil): self = .mainsStop
        case ("crash", let seconds?): self = .crashBackoff(seconds: seconds)
        case ("init", let index?) where index < count: self = .initContainer(index)
        case ("sidecar", let index?) where index < count: self = .sidecarStart(index)
        case ("turn", let index?) where index < count: self = .turn(index)
        case ("stop", let index?) where index < count: self = .sidecarStop(index)
        default: return nil
        }
    }
}
