import Basics
import PodModel
import PodSimulation
import Testing

@testable import PodEngine

/// The restart table of semantics section 5.
@Suite struct RestartDecisionTests {
    static func exit(_ code: Int, _ reason: String = "Error") -> ContainerExit {
        ContainerExit(
            code: code,
            reason: reason,
            startedAt: nil,
            finishedAt: Timestamp(seconds: 0)
        )
    }

    static func plan(_ container: Container, isInit: Bool = false) -> ContainerPlan {
        ContainerPlan(container, !isInit ? .main : container.isSidecar ? .sidecar : .initial)
    }

    static let mains: [(RestartPolicy, Int, RestartDecision)] = [
        (.always, 0, .restarts), (.always, 1, .restarts),
        (.onFailure, 0, .stays), (.onFailure, 1, .restarts),
        (.never, 0, .stays), (.never, 1, .stays),
    ]

    @Test(arguments: mains)
    func `an ephemeral container is never run again`(
        policy: RestartPolicy,
        code: Int,
        decision: RestartDecision
    ) {
        let plan = ContainerPlan(Make.container("a"), .ephemeral)
        #expect(RestartDecision.after(Self.exit(code), of: plan, policy: policy) == .stays)
    }

    @Test(arguments: mains)
    func `a main goes by the pod's policy`(
        policy: RestartPolicy,
        code: Int,
        decision: RestartDecision
    ) {
        let plan = Self.plan(Make.container("a"))
        #expect(RestartDecision.after(Self.exit(code), of: plan, policy: policy) == decision)
    }

    @Test(arguments: mains)
    func `a main's own policy overrides the pod's`(
        policy: RestartPolicy,
        code: Int,
        decision: RestartDecision
    ) {
        let plan = Self.plan(Make.container("a", policy: policy))
        for pod in policies {
            #expect(RestartDecision.after(Self.exit(code), of: plan, policy: pod) == decision)
        }
    }

    static let inits: [(RestartPolicy, ContainerExit, RestartDecision)] = [
        (.always, exit(0), .stays), (.always, exit(1), .restarts),
        (.onFailure, exit(0), .stays), (.onFailure, exit(1), .restarts),
        (.onFailure, exit(0, "OOMKilled"), .restarts),
        (.never, exit(0), .stays), (.never, exit(1), .stays),
    ]

    @Test(arguments: inits)
    func `an init that finished well stays, one that failed goes by the policy`(
        policy: RestartPolicy,
        exit: ContainerExit,
        decision: RestartDecision
    ) {
        let plan = Self.plan(Make.container("a"), isInit: true)
        #expect(RestartDecision.after(exit, of: plan, policy: policy) == decision)
    }

    @Test(arguments: policies, [0, 1])
    func `a sidecar restarts whatever the policy and the code`(policy: RestartPolicy, code: Int) {
        let plan = Self.plan(Make.sidecar("a"), isInit: true)
        #expect(RestartDecision.after(Self.exit(code), of: plan, policy: policy) == .restarts)
    }

    static let rules: [(Int, RestartDecision)] = [
        (42, .restarts), (43, .restartsAll), (1, .stays), (0, .stays),
    ]

    @Test(arguments: rules)
    func `the first rule that matches wins, else the policy`(code: Int, decision: RestartDecision) {
        var container = Make.container("a", policy: .never)
        container.restartPolicyRules = [
            Make.rule([42]), Make.rule([42, 43], .restartAllContainers),
        ]
        let plan = Self.plan(container)
        #expect(RestartDecision.after(Self.exit(code), of: plan, policy: .always) == decision)
    }

    @Test func `NotIn matches every other code`() {
        var container = Make.container("a", policy: .never)
        var rule = Make.rule([0, 3])
        rule.exitCodes?.operator = "NotIn"
        container.restartPolicyRules = [rule]
        let plan = Self.plan(container)
        #expect(RestartDecision.after(Self.exit(7), of: plan, policy: .never) == .restarts)
        #expect(RestartDecision.after(Self.exit(3), of: plan, policy: .never) == .stays)
    }

    @Test(arguments: policies)
    func `a probe's kill goes by the plain policy only`(policy: RestartPolicy) {
        var container = Make.container("a", policy: policy)
        container.restartPolicyRules = [Make.rule([0, 137])]
        let decision = RestartDecision.afterProbe(of: Self.plan(container), policy: .always)
        #expect(decision == (policy == .never ? .stays : .restarts))
    }
}
