internal import Formats

extension Checker {
    mutating func containers(_ spec: Node, _ context: PodContext, isTemplate: Bool) {
        let regular = spec["containers"].items
        let initial = spec["initContainers"].items
        var names: Set<String> = []
        for container in regular {
            common(container, context, isTemplate: isTemplate)
            uniqueName(container, &names)
            hooksAndProbes(container, context)
            restartPolicy(container)
        }
        hostPorts(regular)
        for container in initial {
            common(container, context, isTemplate: isTemplate)
            restartPolicy(container)
            uniqueName(container, &names)
            hostPorts([container])
            if container["restartPolicy"].text == "Always" {
                hooksAndProbes(container, context)
            } else {
                noHooksAndProbes(container)
            }
        }
        let others = names
        for container in spec["ephemeralContainers"].items {
            common(container, context, isTemplate: isTemplate)
            uniqueName(container, &names)
            ephemeral(container, others)
        }
    }

    private mutating func uniqueName(_ container: Node, _ names: inout Set<String>) {
        let name = container["name"]
        if !name.text.isEmpty, !names.insert(name.text).inserted {
            duplicate(name, fix: "give every container of the pod its own name")
        }
    }

    private mutating func common(_ container: Node, _ context: PodContext, isTemplate: Bool) {
        let name = container["name"]
        if !name.text.isEmpty {
            check(name, NameRules.label, fix: Self.nameHint(name.text, isLabel: true))
        }
        let image = container["image"]
        if image.text.isEmpty {
            required(image, fix: "name the image to run, such as docker.io/library/nginx:1.27")
        } else if !isTemplate, image.text.first == " " || image.text.last == " " {
            invalid(image, "must not have leading or trailing whitespace", fix: "remove it")
        }
        choice(
            container["terminationMessagePolicy"],
            ["File", "FallbackToLogsOnError"]
        )
        choice(container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"])
        ports(container["ports"])
        environment(container, context)
        mounts(container, context)
        devices(container, context)
        resources(container["resources"], claims: context.claims)
        resizePolicy(container["resizePolicy"], context)
        containerSecurity(container["securityContext"], context)
    }

    private mutating func hooksAndProbes(_ container: Node, _ context: PodContext) {
        for hook in ["postStart", "preStop"] where container["lifecycle"][hook].exists {
            handler(
                container["lifecycle"][hook],
                of: ["exec", "httpGet", "tcpSocket", "sleep"],
                context
            )
        }
        stopSignal(container["lifecycle"]["stopSignal"], context)
        for name in Self.probeNames where container[name].exists {
            probe(container[name], name, container, context)
        }
    }

    private static let probeNames = ["livenessProbe", "readinessProbe", "startupProbe"]

    private mutating func noHooksAndProbes(_ container: Node) {
        for field in ["lifecycle"] + Self.probeNames where container[field].exists {
            forbidden(
                container[field],
                "may not be set for init containers without restartPolicy=Always",
                fix: "remove it, or make the container a sidecar with restartPolicy: Always"
            )
        }
    }

    private mutating func restartPolicy(_ container: Node) {
        let policy = container["restartPolicy"]
        let rules = container["restartPolicyRules"]
        choice(policy, ["Always", "Never", "OnFailure"])
        if !policy.exists, !rules.items.isEmpty {
            required(policy, "must specify restartPolicy when restart rules are used")
        }
        if rules.items.count > 20 { tooMany(rules, most: 20) }
        for rule in rules.items {
            choice(rule["action"], ["Restart", "RestartAllContainers"])
            let codes = rule["exitCodes"]
            guard codes.exists else {
                required(codes, "must be specified")
                continue
            }
            choice(codes["operator"], ["In", "NotIn"])
            if codes["values"].items.count > 255 { tooMany(codes["values"], most: 255) }
            for code in codes["values"].items { range(code, 0...255) }
        }
    }

    private mutating func ephemeral(_ container: Node, _ others: Set<String>) {
        for field in [
            "ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
            "resizePolicy", "restartPolicy", "restartPolicyRules",
        ] where container[field].exists {
            forbidden(container[field], "cannot be set for an Ephemeral Container")
        }
        if container["resources"].value?.object?.isEmpty == false {
            forbidden(container["resources"], "cannot be set for an Ephemeral Container")
        }
        for mount in container["volumeMounts"].items {
            for field in ["subPath", "subPathExpr"] where !mount[field].text.isEmpty {
                forbidden(mount[field], "cannot be set for an Ephemeral Container")
            }
        }
        let target = container["targetContainerName"]
        if !target.text.isEmpty, !others.contains(target.text) {
            notFound(target, fix: "name one of \(others.sorted().joined(separator: ", "))")
        }
    }

    private mutating func resizePolicy(_ node: Node, _ context: PodContext) {
        var seen: Set<String> = []
        for item in node.items {
            let name = item["resourceName"]
            choice(name, ["cpu", "memory"])
            if name.exists, !seen.insert(name.text).inserted { duplicate(name) }
            let policy = item["restartPolicy"]
            choice(policy, ["NotRequired", "RestartContainer"])
            if context.restartPolicy == "Never", policy.text == "RestartContainer" {
                invalid(
                    policy,
                    "must be 'NotRequired' when `restartPolicy` is 'Never'",
                    fix: "write NotRequired"
                )
            }
        }
    }
}
