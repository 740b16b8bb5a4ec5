internal import Formats
package import PodModel

/// Short ways to write down pods for the simulated world.
package enum Make {
    package static func pod(
        _ policy: RestartPolicy,
        grace: Int = 30,
        inits: [Container] = [],
        _ mains: [Container]
    ) -> Pod {
        let metadata = ObjectMeta(name: "p", namespace: "default", uid: "uid-1", generation: 1)
        let spec = PodSpec(
            initContainers: inits,
            containers: mains,
            restartPolicy: policy,
            terminationGracePeriodSeconds: grace
        )
        return Pod(metadata: metadata, spec: spec)
    }

    /// A pod with `restartPolicy: Always`.
    package static func pod(
        grace: Int = 30,
        inits: [Container] = [],
        _ mains: [Container]
    ) -> Pod {
        pod(.always, grace: grace, inits: inits, mains)
    }

    package static func container(
        _ name: String,
        policy: RestartPolicy? = nil,
        startup: Probe? = nil,
        liveness: Probe? = nil,
        readiness: Probe? = nil,
        hooks: Set<Hooks> = []
    ) -> Container {
        var container = Container(name: name, image: "img:1")
        container.restartPolicy = policy
        container.startupProbe = startup
        container.livenessProbe = liveness
        container.readinessProbe = readiness
        if !hooks.isEmpty {
            let action = LifecycleHandler.exec(ExecAction(command: ["hook"]))
            container.lifecycle = Lifecycle(
                postStart: hooks.contains(.postStart) ? action : nil,
                preStop: hooks.contains(.preStop) ? action : nil
            )
        }
        return container
    }

    package static func sidecar(
        _ name: String,
        startup: Probe? = nil,
        liveness: Probe? = nil,
        readiness: Probe? = nil,
        hooks: Set<Hooks> = []
    ) -> Container {
        container(
            name,
            policy: .always,
            startup: startup,
            liveness: liveness,
            readiness: readiness,
            hooks: hooks
        )
    }

    package static func resources(cpu: String) -> ResourceRequirements {
        guard let amount = try? Quantity(cpu) else { return ResourceRequirements() }
        return ResourceRequirements(limits: ["cpu": amount], requests: ["cpu": amount])
    }

    package static func probe(
        delay: Int = 0,
        period: Int = 1,
        successes: Int = 1,
        failures: Int = 3,
        grace: Int? = nil
    ) -> Probe {
        Probe(
            action: .exec(ExecAction(command: ["probe"])),
            initialDelaySeconds: delay,
            periodSeconds: period,
            successThreshold: successes,
            failureThreshold: failures,
            terminationGracePeriodSeconds: grace
        )
    }

    package static func rule(_ codes: [Int], _ action: RestartRuleAction = .restart)
        -> ContainerRestartRule
    {
        ContainerRestartRule(
            action: action,
            exitCodes: ContainerRestartRuleOnExitCodes(operator: "In", values: codes)
        )
    }

    package enum Hooks: Sendable {
        case postStart, preStop
    }
}
