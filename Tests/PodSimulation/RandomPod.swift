internal import PodEngine
package import PodModel

/// A pod made by throwing dice, with what its containers do.
package struct RandomPod: Sendable {
    package var pod: Pod
    package var script: @Sendable (String, Int) -> Behaviour
    /// How many ephemeral containers may be added to it, named `e0` and so on.
    package static let ephemeralsMaximum = 3

    package init(_ dice: inout Dice) {
        let policy = dice.pick([RestartPolicy.always, .onFailure, .never])
        let grace = dice.pick([0, 1, 2, 5, 10, 30])
        let usesRestartAll = dice.chance(8)
        let inits = (0..<dice.below(5)).map { number in
            Self.initContainer("i\(number)", &dice, restartsAll: usesRestartAll)
        }
        let mains = (0..<(1 + dice.below(3))).map { number in
            Self.mainContainer("m\(number)", &dice, restartsAll: usesRestartAll)
        }
        pod = Make.pod(policy, grace: grace, inits: inits, mains)
        if dice.chance(50) {
            for index in pod.spec.containers.indices {
                pod.spec.containers[index].resources = Make.resources(cpu: "1")
                if dice.chance(30) {
                    let policy = ContainerResizePolicy(
                        resourceName: "cpu",
                        restartPolicy: "RestartContainer"
                    )
                    pod.spec.containers[index].resizePolicy = [policy]
                }
            }
        }
        if dice.chance(5) { pod.spec.activeDeadlineSeconds = 1 + dice.below(120) }
        var behaviours: [String: [Behaviour]] = [:]
        for container in inits {
            let isSidecar = container.isSidecar
            behaviours[container.name] = (0..<3).map { run in
                isSidecar
                    ? Self.longLived(&dice, calm: run == 2, crashes: 25)
                    : Self.task(&dice, calm: run == 2)
            }
        }
        for container in mains {
            let isTask = policy != .always && dice.chance(60)
            behaviours[container.name] = (0..<3).map { run in
                isTask
                    ? Self.task(&dice, calm: run == 2)
                    : Self.longLived(&dice, calm: run == 2, crashes: 40)
            }
        }
        for number in 0..<Self.ephemeralsMaximum {
            let behaviour =
                dice.chance(50)
                ? Self.task(&dice, calm: false) : Self.longLived(&dice, calm: false, crashes: 20)
            behaviours["e\(number)"] = Array(repeating: behaviour, count: 3)
        }
        let table = behaviours
        script = { name, attempt in table[name]?[min(attempt, 2)] ?? Behaviour() }
    }

    private static func initContainer(
        _ name: String,
        _ dice: inout Dice,
        restartsAll: Bool
    ) -> Container {
        guard dice.chance(55) else {
            var container = Make.container(name)
            if dice.chance(10) { container.restartPolicy = dice.pick([.never, .onFailure]) }
            return withRules(container, &dice, restartsAll: restartsAll)
        }
        return decorate(Make.sidecar(name), &dice)
    }

    private static func mainContainer(
        _ name: String,
        _ dice: inout Dice,
        restartsAll: Bool
    ) -> Container {
        var container = decorate(Make.container(name), &dice)
        if dice.chance(15) { container.restartPolicy = dice.pick([.never, .onFailure, .always]) }
        return withRules(container, &dice, restartsAll: restartsAll)
    }

    private static func withRules(
        _ container: Container,
        _ dice: inout Dice,
        restartsAll: Bool
    ) -> Container {
        var container = container
        if dice.chance(15) {
            container.restartPolicy = container.restartPolicy ?? .never
            container.restartPolicyRules.append(Make.rule([dice.pick([1, 42])]))
        }
        if restartsAll, dice.chance(50) {
            container.restartPolicy = container.restartPolicy ?? .never
            container.restartPolicyRules.append(Make.rule([1, 42], .restartAllContainers))
        }
        return container
    }

    private static func decorate(_ container: Container, _ dice: inout Dice) -> Container {
        var container = container
        if dice.chance(30) { container.startupProbe = probe(&dice, graceAllowed: true) }
        if dice.chance(30) { container.livenessProbe = probe(&dice, graceAllowed: true) }
        if dice.chance(30) { container.readinessProbe = probe(&dice, graceAllowed: false) }
        let action = LifecycleHandler.exec(ExecAction(command: ["hook"]))
        let post = dice.chance(20) ? action : nil
        let pre = dice.chance(30) ? action : nil
        if post != nil || pre != nil {
            container.lifecycle = Lifecycle(postStart: post, preStop: pre)
        }
        return container
    }

    private static func probe(_ dice: inout Dice, graceAllowed: Bool) -> Probe {
        Make.probe(
            delay: dice.pick([0, 0, 1, 3]),
            period: dice.pick([1, 2, 10]),
            failures: dice.pick([1, 2, 3]),
            grace: graceAllowed && dice.chance(10) ? dice.pick([1, 3, 40]) : nil
        )
    }

    /// A container that is meant to end; in its calm run it ends well.
    private static func task(_ dice: inout Dice, calm: Bool) -> Behaviour {
        let code = calm ? 0 : dice.pick([0, 0, 0, 1, 42])
        var behaviour = Behaviour(exitCode: code, lasts: dice.time(upTo: .seconds(8)))
        stopping(&behaviour, &dice)
        hooks(&behaviour, &dice, calm: calm)
        return behaviour
    }

    /// A container that is meant to run on; in its calm run it does.
    private static func longLived(_ dice: inout Dice, calm: Bool, crashes: Int) -> Behaviour {
        var behaviour = Behaviour()
        if !calm, dice.chance(crashes) {
            behaviour.lasts = dice.time(upTo: .seconds(20))
            behaviour.exitCode = dice.pick([0, 1, 42, 137])
        }
        stopping(&behaviour, &dice)
        hooks(&behaviour, &dice, calm: calm)
        guard !calm else {
            behaviour.startup = .succeeds
            if dice.chance(20) { behaviour.readiness = .flaps(percent: 30) }
            return behaviour
        }
        if dice.chance(30) {
            behaviour.startup = dice.pick([.fails, .flaps(percent: 50), .errors])
        }
        if dice.chance(30) {
            behaviour.liveness = dice.pick([
                .fails, .failsFrom(.seconds(5)), .flaps(percent: 30), .errors, .warns,
            ])
        }
        if dice.chance(30) {
            behaviour.readiness = dice.pick([
                .fails, .failsBetween(.seconds(2), .seconds(6)), .flaps(percent: 50), .errors,
            ])
        }
        return behaviour
    }

    private static func stopping(_ behaviour: inout Behaviour, _ dice: inout Dice) {
        behaviour.stopTime = dice.pick([
            .zero, .milliseconds(300), .milliseconds(2500), .seconds(7), .seconds(40), nil,
        ])
        behaviour.stopCode = dice.pick([0, 0, 1, 143])
        behaviour.killTime = dice.pick([.zero, .milliseconds(1), .milliseconds(50)])
    }

    private static func hooks(_ behaviour: inout Behaviour, _ dice: inout Dice, calm: Bool) {
        behaviour.postStart = HookScript(
            takes: dice.pick([.zero, .milliseconds(700), .seconds(3)]),
            fails: !calm && dice.chance(20)
        )
        behaviour.preStop = HookScript(
            takes: dice.pick([.zero, .milliseconds(900), .milliseconds(1900), .seconds(12), nil]),
            fails: dice.chance(20)
        )
    }
}
