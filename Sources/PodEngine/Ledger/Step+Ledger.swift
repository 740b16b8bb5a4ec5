extension Step {
    /// A stable short form for the ledger.
    var code: String {
        switch self {
        case .mountVolumes: "mount"
        case .createSandbox(let attempt): "sandbox/\(attempt)"
        case .stopSandbox(let attempt): "unsandbox/\(attempt)"
        case .pull(let index): "pull/\(index)"
        case .create(let index): "create/\(index)"
        case .start(let index): "start/\(index)"
        case .postStart(let index): "postStart/\(index)"
        case .stop(let index): "stop/\(index)"
        case .tearDown: "tearDown"
        case .resize: "resize"
        }
    }

    /// Reads the short form; containers must be below `count`.
    init?(code: String, count: Int) {
        let parts = code.split(separator: "/")
        let number = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first.map(String.init), number) {
        case ("mount", nil): self = .mountVolumes
        case ("tearDown", nil): self = .tearDown
        case ("resize", nil): self = .resize
        case ("sandbox", let attempt?): self = .createSandbox(attempt)
        case ("unsandbox", let attempt?): self = .stopSandbox(attempt)
        case ("pull", let index?) where index < count: self = .pull(index)
        case ("create", let index?) where index < count: self = .create(index)
        case ("start", let index?) where index < count: self = .start(index)
        case ("postStart", let index?) where index < count: self = .postStart(index)
        case ("stop", let index?) where index < count: self = .stop(index)
        default: return nil
        }
    }
}
