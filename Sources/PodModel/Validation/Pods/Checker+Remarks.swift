internal import Formats

extension Checker {
    /// Fields of a pod that one machine accepts and cannot honour, and what happens instead.
    private static let withoutEffect: [(field: String, why: String)] = [
        ("topologySpreadConstraints", "there is one node"),
        ("schedulingGroup", "there is no scheduler"),
        ("priorityClassName", "there is no preemption"), ("priority", "there is no preemption"),
        ("preemptionPolicy", "there is no preemption"),
        ("runtimeClassName", "every pod runs with the engine's own runtime"),
        ("resourceClaims", "devices are not handed out"),
    ]

    /// Kinds of volumes that one machine can serve.
    private static let servedVolumes: Set<String> = [
        "emptyDir", "configMap", "secret", "projected", "downwardAPI", "hostPath",
        "persistentVolumeClaim", "image", "ephemeral",
    ]

    /// Remarks on a pod.
    mutating func remarkPod(_ spec: Node) {
        for (field, why) in Self.withoutEffect where spec[field].value?.isEmptyForAPI == false {
            warn(spec[field], "\(field) has no effect: \(why)")
        }
        for field in ["podAffinity", "podAntiAffinity"]
        where spec["affinity"][field].value?.isEmptyForAPI == false {
            warn(spec["affinity"][field], "\(field) has no effect: there is one node")
        }
        let scheduler = spec["schedulerName"]
        if !["", "default-scheduler"].contains(scheduler.text) {
            warn(scheduler, "schedulerName has no effect: there is no scheduler")
        }
        if spec["os"]["name"].text == "windows" {
            warn(spec["os"]["name"], "this machine runs Linux: the pod will fail")
        }
        for volume in spec["volumes"].items { remarkVolume(volume) }
        for container in spec["initContainers"].items { remarkContainer(container, isInit: true) }
        for container in spec["containers"].items { remarkContainer(container, isInit: false) }
    }

    private mutating func remarkVolume(_ volume: Node) {
        for (kind, node) in volume.members
        where kind != "name" && !Self.servedVolumes.contains(kind) {
            warn(
                node,
                "\(kind) volumes cannot be mounted on this machine: the pod will stay Pending",
                fix: "use a persistentVolumeClaim or a hostPath here"
            )
        }
        for source in volume["projected"]["sources"].items {
            for kind in ["clusterTrustBundle", "podCertificate"] where source[kind].exists {
                warn(
                    source[kind],
                    "\(kind) cannot be served on this machine: the pod will stay Pending"
                )
            }
        }
    }

    private mutating func remarkContainer(_ container: Node, isInit: Bool) {
        for part in ["limits", "requests"] {
            for (name, node) in container["resources"][part].members where name.contains("/") {
                warn(node, "\(name) has no effect: this machine hands out no such devices")
            }
        }
        if container["resources"]["claims"].exists {
            warn(
                container["resources"]["claims"],
                "claims have no effect: devices are not handed out"
            )
        }
        if container["securityContext"]["windowsOptions"].exists {
            warn(
                container["securityContext"]["windowsOptions"],
                "windowsOptions have no effect: this machine runs Linux"
            )
        }
        for hook in ["postStart", "preStop"]
        where container["lifecycle"][hook]["tcpSocket"].exists {
            warn(
                container["lifecycle"][hook]["tcpSocket"],
                "tcpSocket hooks are never carried out",
                fix: "use exec or httpGet"
            )
        }
        remarkRestartRules(container, isInit: isInit)
        guard isInit else { return }
        for port in container["ports"].items where port["hostPort"].int ?? 0 != 0 {
            warn(
                port["hostPort"],
                "hostPort of an init container is not mapped",
                fix: "move the port to a regular container"
            )
        }
    }

    /// `NotIn` is meant for failures, but success is not in a list of them either.
    private mutating func remarkRestartRules(_ container: Node, isInit: Bool) {
        for rule in container["restartPolicyRules"].items {
            let codes = rule["exitCodes"]
            let holdsZero = codes["values"].items.contains { $0.int == 0 }
            if codes["operator"].text == "In" {
                // The first rule that matches decides.
                if holdsZero { return }
                continue
            }
            guard codes["operator"].text == "NotIn", !holdsZero else { continue }
            let restartsAll = rule["action"].text == "RestartAllContainers"
            // Without the rule, too: always, or, an init container that succeeded, never.
            let changesNothing = isInit || container["restartPolicy"].text == "Always"
            guard restartsAll || !changesNothing else { return }
            warn(
                codes["values"],
                "exit code 0 is not in the list: "
                    + (restartsAll
                        ? "all containers are also restarted when this one succeeds"
                        : "the container is also restarted when it succeeds"),
                fix: "add 0, unless that is meant"
            )
            return
        }
    }
}
