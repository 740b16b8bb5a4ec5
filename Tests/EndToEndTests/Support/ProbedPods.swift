/// Writes manifests of pods with probes; every container sees the test's gates.
protocol ProbedPods {}

extension ProbedPods {
    /// A container that runs until it is stopped, with probes.
    func probed(
        _ name: String,
        _ probes: [String],
        script: ContainerScript = ContainerScript(runs: nil),
        isSidecar: Bool = false
    ) -> ScriptedContainer {
        ScriptedContainer(
            name: name,
            script: script,
            isSidecar: isSidecar,
            fields: probes + [Gates.mount]
        )
    }

    /// A probe's field: what it asks, then its numbers, a period of 1 s unless given.
    func probe(_ kind: String, _ action: String, _ numbers: String = "") -> String {
        let period = numbers.contains("periodSeconds") ? "" : "periodSeconds: 1, "
        return "\(kind): {\(period)\(action)\(numbers.isEmpty ? "" : ", ")\(numbers)}"
    }

    func exec(_ shell: String) -> String {
        "exec: {command: [\"sh\", \"-c\", \"\(shell)\"]}"
    }

    /// Says who asks in the container's log.
    func saying(_ word: String, _ shell: String) -> String {
        exec("\(ContainerScript.say(word)); \(shell)")
    }

    func pod(
        _ name: String,
        _ gates: Gates,
        restartPolicy: String = "Always",
        grace: Int = 1,
        inits: [ScriptedContainer] = [],
        _ mains: ScriptedContainer...
    ) -> String {
        scriptedPod(
            name,
            restartPolicy: restartPolicy,
            grace: grace,
            inits: inits,
            mains: mains,
            fields: [gates.volume]
        )
    }
}
