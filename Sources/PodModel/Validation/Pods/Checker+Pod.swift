internal import Formats

extension Checker {
    mutating func pod(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let name = root["metadata"]["name"]
        if NameRules.subdomain(name.text).isEmpty, !NameRules.label(name.text).isEmpty {
            warn(
                name,
                "this is used in the Pod's hostname, which can result in surprising behavior; a DNS"
                    + " label is recommended",
                fix: Self.nameHint(name.text, isLabel: true)
            )
        }
        let spec = root["spec"]
        guard spec.exists else { return }
        podSpec(spec, isTemplate: false)
        if !spec["ephemeralContainers"].items.isEmpty {
            forbidden(
                spec["ephemeralContainers"],
                "cannot be set on create",
                fix: "remove them; they are added to a running pod"
            )
        }
        if !spec["schedulingGates"].items.isEmpty, !spec["nodeName"].text.isEmpty {
            forbidden(
                spec["nodeName"],
                "cannot be set until all schedulingGates have been cleared"
            )
        }
    }

    mutating func podSpec(_ spec: Node, isTemplate: Bool) {
        let context = PodContext(spec)
        volumes(spec["volumes"])
        containers(spec, context, isTemplate: isTemplate)
        podResources(spec)
        lifetime(spec)
        hostNetwork(spec, isTemplate: isTemplate)
        podSecurity(spec, context)
        names(spec)
        dns(spec)
        scheduling(spec)
        operatingSystem(spec)
    }

    private mutating func lifetime(_ spec: Node) {
        choice(spec["restartPolicy"], ["Always", "OnFailure", "Never"])
        range(spec["activeDeadlineSeconds"], 1...Int(Int32.max))
        if let grace = spec["terminationGracePeriodSeconds"].int, grace < 0 {
            warn(
                spec["terminationGracePeriodSeconds"],
                "must be >= 0; negative values are invalid and will be treated as 1",
                fix: "choose 0 or more"
            )
        }
    }

    private mutating func names(_ spec: Node) {
        for field in ["hostname", "subdomain"] where !spec[field].text.isEmpty {
            check(spec[field], NameRules.label, fix: Self.nameHint(spec[field].text, isLabel: true))
        }
        hostnameOverride(spec)
        for field in ["serviceAccountName", "nodeName", "priorityClassName"]
        where !spec[field].text.isEmpty {
            check(spec[field], NameRules.subdomain, fix: "correct the name")
        }
        check(spec["runtimeClassName"], NameRules.subdomain, fix: "correct the name")
        for secret in spec["imagePullSecrets"].items where secret["name"].text.isEmpty {
            warn(
                secret["name"],
                "an imagePullSecrets entry without a name has no effect",
                fix: "name the Secret"
            )
        }
        for gate in spec["readinessGates"].items where !gate["conditionType"].text.isEmpty {
            check(gate["conditionType"], NameRules.qualified, fix: "correct the condition")
        }
        for alias in spec["hostAliases"].items {
            if !alias["ip"].text.isEmpty {
                check(alias["ip"], AddressRules.address, fix: "write an address such as 192.0.2.7")
            }
            for name in alias["hostnames"].items {
                check(name, NameRules.subdomain, fix: "correct the host name")
            }
        }
    }

    private mutating func hostnameOverride(_ spec: Node) {
        let node = spec["hostnameOverride"]
        guard node.exists else { return }
        if spec["setHostnameAsFQDN"].isTrue {
            forbidden(node, "may not be specified when setHostnameAsFQDN is true")
        }
        if spec["hostNetwork"].isTrue {
            forbidden(node, "may not be specified when hostNetwork is true")
        }
        if node.text.utf8.count > 64 { tooLong(node, most: 64) }
        check(node, NameRules.subdomain, fix: "correct the host name")
    }

    private mutating func operatingSystem(_ spec: Node) {
        choice(spec["os"]["name"], ["linux", "windows"])
        if spec["os"]["name"].text == "linux" {
            for node in [spec] + spec["containers"].items + spec["initContainers"].items
            where node["securityContext"]["windowsOptions"].exists {
                forbidden(
                    node["securityContext"]["windowsOptions"],
                    "windows options cannot be set for a linux pod"
                )
            }
        }
    }
}
