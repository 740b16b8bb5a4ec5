internal import Formats

extension Checker {
    private static let projections = [
        "secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle",
        "podCertificate",
    ]
    private static let tokenSeconds = (least: 600, most: 1 << 32)

    mutating func projected(_ node: Node) {
        fileMode(node["defaultMode"])
        var paths: Set<String> = []
        for source in node["sources"].items {
            let present = Self.projections.filter { source[$0].exists }
            if present.count > 1 {
                forbidden(
                    source,
                    "may not specify more than 1 volume type per source",
                    fix: "give each its own entry of the list"
                )
            } else if present.isEmpty {
                required(
                    source,
                    "must specify a source type",
                    fix: "add one of secret, configMap, downwardAPI, serviceAccountToken"
                )
            }
            for kind in present { projection(source[kind], kind, &paths) }
        }
    }

    private mutating func projection(_ node: Node, _ kind: String, _ paths: inout Set<String>) {
        switch kind {
        case "secret", "configMap":
            for item in node["items"].items {
                keyToPath(item)
                distinct(item["path"], &paths)
            }
        case "downwardAPI":
            for item in node["items"].items {
                downwardFile(item)
                distinct(item["path"], &paths)
            }
        case "serviceAccountToken":
            token(node)
            distinct(node["path"], &paths)
        case "clusterTrustBundle": trustBundle(node, &paths)
        default: certificate(node, &paths)
        }
    }

    private mutating func distinct(_ path: Node, _ paths: inout Set<String>) {
        guard !path.text.isEmpty, !paths.insert(path.text).inserted else { return }
        invalid(path, "conflicting duplicate paths", fix: "choose another path")
    }

    private mutating func token(_ node: Node) {
        if let seconds = node["expirationSeconds"].int {
            if seconds < Self.tokenSeconds.least {
                invalid(
                    node["expirationSeconds"],
                    "may not specify a duration less than 10 minutes",
                    fix: "choose 600 or more"
                )
            } else if seconds > Self.tokenSeconds.most {
                invalid(
                    node["expirationSeconds"],
                    "may not specify a duration larger than 2^32 seconds",
                    fix: "choose a shorter time"
                )
            }
        }
        check(node["path"], PathRules.unreserved, fix: "write a path inside the volume")
    }

    private mutating func trustBundle(_ node: Node, _ paths: inout Set<String>) {
        switch (node["name"].exists, node["signerName"].exists) {
        case (true, true):
            invalid(node, "only one of name and signerName may be used", fix: "keep one of the two")
        case (false, false): required(node, "either name or signerName must be specified")
        case (true, false):
            if node["labelSelector"].exists {
                invalid(
                    node["labelSelector"],
                    "labelSelector must be unset if name is specified",
                    fix: "remove it"
                )
            }
        case (false, true): selector(node["labelSelector"])
        }
        check(node["path"], PathRules.unreserved, fix: "write a path inside the volume")
        distinct(node["path"], &paths)
    }

    private mutating func certificate(_ node: Node, _ paths: inout Set<String>) {
        choice(
            node["keyType"],
            ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"]
        )
        if let seconds = node["maxExpirationSeconds"].int, seconds < 3600 {
            invalid(
                node["maxExpirationSeconds"],
                "if provided, maxExpirationSeconds must be >= 3600",
                fix: "choose 3600 or more"
            )
        }
        let files = ["credentialBundlePath", "keyPath", "certificateChainPath"].map { node[$0] }
        for file in files where !file.text.isEmpty {
            check(file, PathRules.unreserved, fix: "write a path inside the volume")
            distinct(file, &paths)
        }
        if files.allSatisfy({ $0.text.isEmpty }) {
            required(
                node,
                "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"
            )
        }
    }
}
