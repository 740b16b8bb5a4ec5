internal import Formats

/// The rules of Ingresses, their classes, NetworkPolicies and StorageClasses.
///
/// Source: `pkg/apis/networking/validation`, `pkg/apis/storage/validation`.
extension Checker {
    /// The rules of kinds that are kept and not acted upon.
    mutating func stored(_ root: Node, kind: String) {
        switch kind {
        case "Ingress": ingress(root)
        case "IngressClass": ingressClass(root)
        case "NetworkPolicy": networkPolicy(root)
        case "StorageClass": storageClass(root)
        case "HorizontalPodAutoscaler": autoscaler(root)
        default: break
        }
    }

    /// What may not change of them.
    mutating func storedUpdate(_ new: Node, _ old: Node, kind: String) {
        switch kind {
        case "IngressClass":
            immutable([(new["spec"]["controller"], old["spec"]["controller"])])
        case "StorageClass":
            for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]
            where new[field].value != old[field].value {
                forbidden(
                    new[field],
                    "updates to \(field) are forbidden.",
                    fix: "delete the class and create it again"
                )
            }
        default: break
        }
    }

    // MARK: Ingresses

    private mutating func ingress(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        let rules = spec["rules"]
        if rules.items.isEmpty, !spec["defaultBackend"].exists {
            invalid(
                spec,
                "either `defaultBackend` or `rules` must be specified",
                fix: "add one of the two"
            )
        }
        if spec["defaultBackend"].exists { backend(spec["defaultBackend"]) }
        if !spec["ingressClassName"].text.isEmpty {
            check(spec["ingressClassName"], NameRules.subdomain, fix: "correct the name")
        }
        for tls in spec["tls"].items { for host in tls["hosts"].items { self.host(host) } }
        for rule in rules.items {
            if !rule["host"].text.isEmpty { host(rule["host"]) }
            for path in rule["http"]["paths"].items { ingressPath(path) }
        }
    }

    private mutating func host(_ node: Node) {
        let text = node.text
        let isWild = text.hasPrefix("*.")
        let name = isWild ? String(text.dropFirst(2)) : text
        for complaint in NameRules.subdomain(name) {
            invalid(node, complaint, fix: "write a name such as example.com or *.example.com")
        }
    }

    private mutating func ingressPath(_ node: Node) {
        let type = node["pathType"]
        choice(type, ["Exact", "ImplementationSpecific", "Prefix"])
        let path = node["path"].text
        let isPlain = ["Exact", "Prefix"].contains(type.text)
        if isPlain, !path.hasPrefix("/") {
            invalid(
                Node(.string(path), node["path"].path),
                "must be an absolute path",
                fix: "begin it with a slash"
            )
        }
        if isPlain {
            for part in ["//", "/./", "/../", "%2f", "%2F"] where path.contains(part) {
                invalid(node["path"], "must not contain '\(part)'", fix: "write it without that")
            }
            for end in ["/..", "/."] where path.hasSuffix(end) {
                invalid(node["path"], "cannot end with '\(end)'", fix: "write it without that")
            }
        }
        backend(node["backend"])
    }

    private mutating func backend(_ node: Node) {
        let service = node["service"]
        guard service.exists != node["resource"].exists else {
            if service.exists {
                invalid(node, "cannot set both resource and service backends", fix: "keep one")
            } else if node.exists {
                required(node, "cannot set neither resource nor service backends")
            }
            return
        }
        guard service.exists else { return }
        if !service["name"].text.isEmpty {
            check(service["name"], NameRules.label, fix: "correct the service's name")
        }
        let port = service["port"]
        let number = port["number"].int ?? 0
        switch (port["name"].text.isEmpty, number == 0) {
        case (true, true): required(port, "port name or number is required")
        case (false, false):
            invalid(port, "cannot set both port name & port number", fix: "keep one of the two")
        case (false, true): check(port["name"], NameRules.port, fix: "correct the port's name")
        case (true, false): range(port["number"], 1...65535)
        }
    }

    private mutating func ingressClass(_ root: Node) {
        metadata(root["metadata"], isNamespaced: false, name: NameRules.subdomain)
        let controller = root["spec"]["controller"]
        guard !controller.text.isEmpty else {
            return required(controller, fix: "write a name such as example.com/ingress")
        }
        if !controller.text.contains("/") {
            invalid(
                controller,
                "must be a domain-prefixed path (such as \"acme.io/foo\")",
                fix: "put a domain and a slash before it"
            )
        }
        choice(root["spec"]["parameters"]["scope"], ["Cluster", "Namespace"])
    }

    // MARK: Networks

    private mutating func networkPolicy(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        selector(spec["podSelector"])
        for (list, peers) in [("ingress", "from"), ("egress", "to")] {
            for rule in spec[list].items {
                for port in rule["ports"].items { policyPort(port) }
                for peer in rule[peers].items { policyPeer(peer) }
            }
        }
        for type in spec["policyTypes"].items { choice(type, ["Egress", "Ingress"]) }
        if spec["policyTypes"].items.count > 2 { tooMany(spec["policyTypes"], most: 2) }
    }

    private mutating func policyPort(_ node: Node) {
        choice(node["protocol"], ["SCTP", "TCP", "UDP"])
        let port = node["port"]
        if port.int != nil {
            range(port, 1...65535)
        } else if port.exists {
            check(port, NameRules.port, fix: "correct the port's name")
        }
        guard let end = node["endPort"].int else { return }
        guard let start = port.int else {
            return invalid(
                node["endPort"],
                "may not be specified when `port` is non-numeric or not specified",
                fix: "write the port as a number"
            )
        }
        range(node["endPort"], 1...65535)
        if end < start {
            invalid(node["endPort"], "must be greater than or equal to `port`", fix: "swap them")
        }
    }

    private mutating func policyPeer(_ node: Node) {
        selector(node["podSelector"])
        selector(node["namespaceSelector"])
        let block = node["ipBlock"]
        let hasSelector = node["podSelector"].exists || node["namespaceSelector"].exists
        if !block.exists, !hasSelector {
            required(node, "must specify a peer", fix: "add a selector or an ipBlock")
        }
        if block.exists, hasSelector {
            forbidden(
                node,
                "may not specify both ipBlock and another peer",
                fix: "keep one of them"
            )
        }
        for network in [block["cidr"]] + block["except"].items where network.exists {
            check(network, AddressRules.network, fix: "write it such as 10.0.0.0/8")
        }
    }

    // MARK: Storage

    private mutating func storageClass(_ root: Node) {
        metadata(root["metadata"], isNamespaced: false, name: NameRules.subdomain)
        let provisioner = root["provisioner"]
        if !provisioner.text.isEmpty {
            for complaint in NameRules.qualified(provisioner.text.lowercased()) {
                invalid(provisioner, complaint, fix: "write a name such as example.com/disk")
            }
        }
        choice(root["reclaimPolicy"], ["Delete", "Retain"])
        choice(root["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"])
    }
}
