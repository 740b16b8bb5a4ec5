internal import Formats

/// The rules that all makers of pods share, and those of ReplicaSets, StatefulSets and DaemonSets.
///
/// Source: `pkg/apis/apps/validation/validation.go`.
extension Checker {
    /// The rules of what makes, guards or ranks pods.
    mutating func workload(_ root: Node, kind: String) {
        switch kind {
        case "ReplicaSet": replicaSet(root)
        case "StatefulSet": statefulSet(root)
        case "DaemonSet": daemonSet(root)
        case "ControllerRevision": controllerRevision(root)
        case "Job": job(root)
        case "CronJob": cronJob(root)
        case "PodDisruptionBudget": disruptionBudget(root)
        case "PriorityClass": priorityClass(root)
        default: stored(root, kind: kind)
        }
    }

    mutating func replicaSet(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        for field in ["replicas", "minReadySeconds"] { notNegative(spec[field]) }
        // Upstream says "deployment" here as well.
        workloadSelector(spec, of: "deployment")
        guard spec["template"].exists else { return required(spec["template"]) }
        lastingTemplate(spec["template"], of: "ReplicaSet", writtenAs: "ReplicaSet")
    }

    mutating func statefulSet(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        for field in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
            notNegative(spec[field])
        }
        notNegative(spec["ordinals"]["start"])
        let policy = spec["podManagementPolicy"]
        if !["OrderedReady", "Parallel"].contains(policy.text) {
            invalid(
                policy,
                "must be 'OrderedReady' or 'Parallel'",
                fix: "write one of the two"
            )
        }
        statefulSetStrategy(spec["updateStrategy"])
        for field in ["whenDeleted", "whenScaled"] {
            choice(spec["persistentVolumeClaimRetentionPolicy"][field], ["Delete", "Retain"])
        }
        var claims: Set<String> = []
        for claim in spec["volumeClaimTemplates"].items {
            let name = claim["metadata"]["name"]
            if !name.text.isEmpty, !claims.insert(name.text).inserted { duplicate(name) }
        }
        workloadSelector(spec, of: "statefulset")
        lastingTemplate(
            spec["template"],
            of: "StatefulSet",
            writtenAs: "StatefulSet",
            claims: claims
        )
    }

    private mutating func statefulSetStrategy(_ node: Node) {
        let rolling = node["rollingUpdate"]
        switch node["type"].text {
        case "OnDelete":
            if rolling.exists {
                invalid(
                    rolling,
                    "only allowed for updateStrategy 'RollingUpdate'",
                    fix: "remove it"
                )
            }
        case "RollingUpdate":
            notNegative(rolling["partition"])
            rollingLimit(rolling["maxUnavailable"])
            if rolling["maxUnavailable"].exists, Self.isZero(rolling["maxUnavailable"]) {
                invalid(rolling["maxUnavailable"], "cannot be 0", fix: "choose 1 or more")
            }
        default:
            invalid(
                node["type"],
                "must be 'RollingUpdate' or 'OnDelete'",
                fix: "write one of the two"
            )
        }
    }

    mutating func daemonSet(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        for field in ["minReadySeconds", "revisionHistoryLimit"] { notNegative(spec[field]) }
        let strategy = spec["updateStrategy"]
        choice(strategy["type"], ["RollingUpdate", "OnDelete"])
        if strategy["type"].text == "RollingUpdate" {
            let rolling = strategy["rollingUpdate"]
            for field in ["maxUnavailable", "maxSurge"] { rollingLimit(rolling[field]) }
            let isSurging = !Self.isZero(rolling["maxSurge"]) && rolling["maxSurge"].exists
            let isMissing =
                !Self.isZero(rolling["maxUnavailable"]) && rolling["maxUnavailable"].exists
            if isSurging, isMissing {
                invalid(
                    rolling["maxSurge"],
                    "may not be set when maxUnavailable is non-zero",
                    fix: "set one of the two to 0"
                )
            } else if !isSurging, !isMissing {
                required(
                    rolling["maxUnavailable"],
                    "cannot be 0 when maxSurge is 0",
                    fix: "let one of the two be more than 0"
                )
            }
        }
        workloadSelector(spec, of: "daemonset")
        lastingTemplate(spec["template"], of: "DaemonSet", writtenAs: "DaemonSet")
    }

    mutating func controllerRevision(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        if !root["data"].exists { required(root["data"], "data is mandatory") }
        notNegative(root["revision"])
    }

    // MARK: What they share

    /// The selector must choose what the template makes.
    mutating func workloadSelector(_ spec: Node, of kind: String) {
        let node = spec["selector"]
        guard let json = node.value else { return }
        selector(node)
        if node["matchLabels"].members.isEmpty, node["matchExpressions"].items.isEmpty {
            invalid(
                node,
                "empty selector is invalid for \(kind)",
                fix: "repeat the template's labels under matchLabels"
            )
            return
        }
        guard let selector = try? LabelSelector(json: json) else { return }
        let labels = spec["template"]["metadata"]["labels"]
        let map = Dictionary(
            labels.members.map { ($0.key, $0.node.text) },
            uniquingKeysWith: { $1 }
        )
        if !selector.matches(map) {
            let missing = selector.matchLabels.filter { map[$0.key] != $0.value }
                .map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
            invalid(
                Node(labels.value ?? .object(JSONObject()), labels.path),
                "`selector` does not match template `labels`",
                fix: missing.isEmpty
                    ? "make the labels match" : "add to the template's labels: \(missing)"
            )
        }
    }

    /// The template of pods that are kept running; `claims` are volumes that the owner adds.
    mutating func lastingTemplate(
        _ node: Node,
        of owner: String,
        writtenAs kind: String,
        claims: Set<String> = []
    ) {
        podTemplate(node, claims: claims)
        let spec = node["spec"]
        let policy = spec["restartPolicy"]
        if policy.exists, policy.text != "Always", RestartPolicy(rawValue: policy.text) != nil {
            add(
                .notSupported,
                policy,
                "Unsupported value: \"\(policy.text)\": supported values: \"Always\"",
                "remove it, or write a Pod instead of a \(kind)"
            )
        }
        if spec["activeDeadlineSeconds"].exists {
            forbidden(
                spec["activeDeadlineSeconds"],
                "activeDeadlineSeconds in \(owner) is not Supported"
            )
        }
    }

    /// A template of pods.
    mutating func podTemplate(_ node: Node, claims: Set<String> = []) {
        labels(node["metadata"]["labels"])
        annotations(node["metadata"]["annotations"])
        guard node["spec"].exists else { return }
        var spec = node["spec"]
        if !claims.isEmpty, var value = spec.value {
            // Mounts may name the volumes that come with each pod's claims.
            let named = Set(spec["volumes"].items.map { $0["name"].text })
            let added = claims.subtracting(named).sorted().map { name in
                ["name": .string(name), "emptyDir": [:]] as JSON
            }
            value["volumes"] = .array((value["volumes"]?.array ?? []) + added)
            spec = Node(value, spec.path)
        }
        podSpec(spec, isTemplate: true)
        if !spec["ephemeralContainers"].items.isEmpty {
            forbidden(
                spec["ephemeralContainers"],
                "ephemeral containers not allowed in pod template"
            )
        }
    }

    /// A count, or a percentage of at most 100.
    mutating func rollingLimit(_ node: Node) {
        countOrPercent(node)
        if let percent = Self.percent(node), percent > 100 {
            invalid(node, "must not be greater than 100%", fix: "choose 100% or less")
        }
    }

    mutating func countOrPercent(_ node: Node) {
        if node.int != nil {
            notNegative(node)
        } else if node.exists, Self.percent(node) == nil {
            invalid(
                node,
                "a valid percent string must be a numeric string followed by an ending '%' (e.g."
                    + " '1%',  or '93%', regex used for validation is '[0-9]+%')",
                fix: "write a number or a percentage"
            )
        }
    }

    static func isZero(_ node: Node) -> Bool {
        node.int == 0 || percent(node) == 0
    }

    static func percent(_ node: Node) -> Int? {
        guard node.text.hasSuffix("%") else { return nil }
        let digits = node.text.dropLast()
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(digits)
    }
}
