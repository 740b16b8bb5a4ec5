internal import Formats

extension Checker {
    mutating func probe(
        _ node: Node,
        _ name: String,
        _ container: Node,
        _ context: PodContext
    ) {
        handler(node, of: ["exec", "httpGet", "tcpSocket", "grpc"], context)
        portReference(node["httpGet"]["port"], in: container)
        portReference(node["tcpSocket"]["port"], in: container)
        for field in [
            "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
            "failureThreshold",
        ] {
            notNegative(node[field])
        }
        let grace = node["terminationGracePeriodSeconds"]
        if let seconds = grace.int, seconds <= 0 {
            invalid(grace, "must be greater than 0", fix: "choose 1 or more")
        }
        if name == "readinessProbe" {
            if grace.exists {
                invalid(grace, "must not be set for readinessProbes", fix: "remove it")
            }
        } else if let threshold = node["successThreshold"].int, threshold > 1 {
            invalid(node["successThreshold"], "must be 1", fix: "remove it")
        }
    }

    mutating func handler(_ node: Node, of kinds: [String], _ context: PodContext) {
        let kind = exactlyOne(node, of: kinds, more: "may not specify more than 1 handler type")
        switch kind {
        case nil:
            required(
                node,
                "must specify a handler type",
                fix: "add one of \(kinds.joined(separator: ", "))"
            )
        case "httpGet": httpGet(node["httpGet"])
        case "grpc": range(node["grpc"]["port"], Self.portNumbers)
        case "sleep": sleep(node["sleep"], context)
        default: break
        }
    }

    private mutating func httpGet(_ node: Node) {
        choice(node["scheme"], ["HTTP", "HTTPS"])
        for header in node["httpHeaders"].items where !header["name"].text.isEmpty {
            check(header["name"], NameRules.header, fix: "rename the header")
        }
    }

    private mutating func sleep(_ node: Node, _ context: PodContext) {
        let seconds = node["seconds"]
        guard let grace = context.grace, let length = seconds.int, !(0...max(grace, 0) ~= length)
        else { return }
        invalid(
            seconds,
            "must be non-negative and less than terminationGracePeriodSeconds (\(grace))",
            fix: "sleep at most \(max(grace, 0)) s, or raise terminationGracePeriodSeconds"
        )
    }

    mutating func stopSignal(_ node: Node, _ context: PodContext) {
        guard node.exists else { return }
        switch context.os {
        case "linux": choice(node, Self.signals)
        case "windows": choice(node, ["SIGKILL", "SIGTERM"])
        default:
            forbidden(
                node,
                "may not be set for containers with empty `spec.os.name`",
                fix: "add os: {name: linux} to the pod's spec"
            )
        }
    }

    private static let signals: [String] = {
        let plain =
            "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV"
            + " STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN"
            + " RTMAX"
        let low = (1...15).map { "SIGRTMIN+\($0)" }
        let high = (1...14).map { "SIGRTMAX-\($0)" }
        return plain.split(separator: " ").map { "SIG\($0)" } + low + high
    }()
}
