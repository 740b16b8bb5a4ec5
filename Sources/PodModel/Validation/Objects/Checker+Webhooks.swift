internal import Formats

extension Checker {
    mutating func mutatingWebhooks(_ root: Node) {
        metadata(root["metadata"], isNamespaced: false, name: NameRules.subdomain)
        var names: Set<String> = []
        for webhook in root["webhooks"].items {
            let name = webhook["name"]
            check(name, NameRules.subdomain, fix: "choose another name")
            if name.text.split(separator: ".").count < 3 {
                invalid(
                    name,
                    "should be a domain with at least three segments separated by dots",
                    fix: "write a name such as inject.remora.example"
                )
            }
            if !names.insert(name.text).inserted { duplicate(name) }
            choice(webhook["failurePolicy"], ["Fail", "Ignore"])
            choice(webhook["matchPolicy"], ["Equivalent", "Exact"])
            choice(webhook["sideEffects"], ["None", "NoneOnDryRun"])
            choice(webhook["reinvocationPolicy"], ["Never", "IfNeeded"])
            if let seconds = webhook["timeoutSeconds"].int, !(1...30).contains(seconds) {
                invalid(
                    webhook["timeoutSeconds"],
                    "the timeout value must be between 1 and 30 seconds",
                    fix: "choose 1 to 30"
                )
            }
            if !webhook["admissionReviewVersions"].texts.contains("v1") {
                invalid(
                    webhook["admissionReviewVersions"],
                    "must include at least one of v1, v1beta1",
                    fix: "add v1"
                )
            }
            webhookClient(webhook["clientConfig"])
            for rule in webhook["rules"].items { webhookRule(rule) }
            selector(webhook["namespaceSelector"])
            selector(webhook["objectSelector"])
            for condition in webhook["matchConditions"].items {
                forbidden(
                    condition["expression"],
                    "expressions are not evaluated on a single node; use objectSelector"
                )
            }
        }
    }

    private mutating func webhookClient(_ client: Node) {
        let (url, service) = (client["url"], client["service"])
        switch (url.exists, service.exists) {
        case (true, true), (false, false):
            required(client, "exactly one of url or service is required")
        case (true, false):
            if !url.text.hasPrefix("https://") {
                invalid(
                    url,
                    "'https' is the only allowed URL scheme; desired format: "
                        + "https://host[:port][/path]",
                    fix: "write https://host:port/path"
                )
            }
        case (false, true):
            if let port = service["port"].int, !(1...65535).contains(port) {
                invalid(
                    service["port"],
                    "must be between 1 and 65535, inclusive",
                    fix: "choose a port"
                )
            }
            if service["path"].exists, !service["path"].text.hasPrefix("/") {
                invalid(service["path"], "must start with a '/'", fix: "begin it with a slash")
            }
        }
    }

    private mutating func webhookRule(_ rule: Node) {
        for operation in rule["operations"].items {
            choice(operation, ["*", "CREATE", "UPDATE", "DELETE", "CONNECT"])
        }
        for field in ["operations", "apiGroups", "apiVersions", "resources"]
        where rule[field].items.isEmpty {
            required(rule[field])
        }
        choice(rule["scope"], ["*", "Cluster", "Namespaced"])
    }
}
