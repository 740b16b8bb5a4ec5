internal import Formats
internal import ObjectStore

/// What its service account gives a new pod: the token, and the secrets for its images.
///
/// Source: `plugin/pkg/admission/serviceaccount`.
struct ServiceAccountAdmission {
    /// Where the token, the authority and the namespace are in every container.
    static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
    /// How the name of the volume begins.
    static let volumePrefix = "kube-api-access-"
    /// How long a token holds, in seconds; it is renewed after four fifths.
    static let tokenSeconds = 3607
    /// The ConfigMap of each namespace that has the authority.
    static let authority = "kube-root-ca.crt"

    /// Finds a stored object.
    let find: (ObjectKey) -> JSON?
    /// Whether the API can be reached from pods, so that a token is of use there.
    let mountsToken: Bool
    /// Five characters that tell the volume from others.
    let suffix: String

    /// Completes a pod that has its defaults.
    ///
    /// - Returns: Why the pod is refused, in the API server's words; `nil` if it is not.
    func complete(_ pod: inout JSON) -> String? {
        let namespace = pod["metadata"]?["namespace"]?.string ?? ""
        let name = pod["spec"]?["serviceAccountName"]?.string ?? ""
        let account = find(ResourceKind.serviceAccounts.key(namespace, name))
        if mountsToken {
            guard let account else {
                return "error looking up service account \(namespace)/\(name): "
                    + "serviceaccount \"\(name)\" not found"
            }
            if wantsToken(pod, account) { mountToken(in: &pod) }
        }
        if pod["spec"]?["imagePullSecrets"]?.array?.isEmpty ?? true,
            let secrets = account?["imagePullSecrets"], secrets.array?.isEmpty == false
        {
            pod["spec"]?["imagePullSecrets"] = secrets
        }
        return nil
    }

    /// The pod's own word comes before its account's; without either it gets one.
    private func wantsToken(_ pod: JSON, _ account: JSON) -> Bool {
        pod["spec"]?["automountServiceAccountToken"]?.bool
            ?? account["automountServiceAccountToken"]?.bool ?? true
    }

    private func mountToken(in pod: inout JSON) {
        var volumes = pod["spec"]?["volumes"]?.array ?? []
        let known = volumes.lazy.compactMap { $0["name"]?.string }
            .first { $0.hasPrefix(Self.volumePrefix) }
        let name = known ?? Self.volumePrefix + suffix
        let mount: JSON = [
            "name": .string(name), "readOnly": true, "mountPath": .string(Self.mountPath),
        ]
        var isMounted = false
        for list in ["initContainers", "containers"] {
            for (index, container) in (pod["spec"]?[list]?.array ?? []).enumerated() {
                let mounts = container["volumeMounts"]?.array ?? []
                guard !mounts.contains(where: { $0["mountPath"]?.string == Self.mountPath })
                else { continue }
                pod["spec"]?[list]?[index]?["volumeMounts"] = .array(mounts + [mount])
                isMounted = true
            }
        }
        guard isMounted, known == nil else { return }
        volumes.append(Self.volume(named: name))
        pod["spec"]?["volumes"] = .array(volumes)
    }

    private static func volume(named name: String) -> JSON {
        [
            "name": .string(name),
            "projected": [
                "sources": [
                    [
                        "serviceAccountToken": [
                            "expirationSeconds": .int(tokenSeconds), "path": "token",
                        ]
                    ],
                    [
                        "configMap": [
                            "name": .string(authority),
                            "items": [["key": "ca.crt", "path": "ca.crt"]],
                        ]
                    ],
                    [
                        "downwardAPI": [
                            "items": [
                                [
                                    "path": "namespace",
                                    "fieldRef": [
                                        "apiVersion": "v1", "fieldPath": "metadata.namespace",
                                    ],
                                ]
                            ]
                        ]
                    ],
                ],
                "defaultMode": 420,
            ],
        ]
    }

    // MARK: Changes

    /// Gives a changed pod back what its creation added, if the change knows nothing of it.
    static func carry(_ pod: inout JSON, from old: JSON) {
        let before = old["spec"]?["volumes"]?.array ?? []
        let after = pod["spec"]?["volumes"]?.array ?? []
        guard let index = before.firstIndex(where: isToken), !after.contains(where: isToken),
            let name = before[index]["name"]?.string
        else { return }
        pod["spec"]?["volumes"] = .array(inserting(before[index], into: after, at: index))
        for list in ["initContainers", "containers"] {
            let containers = old["spec"]?[list]?.array ?? []
            for (place, container) in (pod["spec"]?[list]?.array ?? []).enumerated() {
                let mounts =
                    containers.first { $0["name"] == container["name"] }?["volumeMounts"]?.array
                    ?? []
                guard let index = mounts.firstIndex(where: { $0["name"]?.string == name }) else {
                    continue
                }
                let own = container["volumeMounts"]?.array ?? []
                pod["spec"]?[list]?[place]?["volumeMounts"] = .array(
                    inserting(mounts[index], into: own, at: index)
                )
            }
        }
    }

    private static func isToken(_ volume: JSON) -> Bool {
        volume["name"]?.string?.hasPrefix(volumePrefix) == true
    }

    private static func inserting(_ element: JSON, into list: [JSON], at index: Int) -> [JSON] {
        var list = list
        list.insert(element, at: min(index, list.count))
        return list
    }
}
