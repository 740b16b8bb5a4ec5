internal import Formats

extension Checker {
    private static let identities = 0...Int(Int32.max)

    mutating func podSecurity(_ spec: Node, _ context: PodContext) {
        let security = spec["securityContext"]
        for field in ["fsGroup", "runAsUser", "runAsGroup"] {
            range(security[field], Self.identities)
        }
        for group in security["supplementalGroups"].items { range(group, Self.identities) }
        choice(security["fsGroupChangePolicy"], ["OnRootMismatch", "Always"])
        choice(security["supplementalGroupsPolicy"], ["Merge", "Strict"])
        choice(security["seLinuxChangePolicy"], ["Recursive", "MountOption"])
        seccomp(security["seccompProfile"])
        appArmor(security["appArmorProfile"])
        sysctls(security["sysctls"], spec)
        if spec["shareProcessNamespace"].isTrue, spec["hostPID"].isTrue {
            invalid(
                spec["shareProcessNamespace"],
                "ShareProcessNamespace and HostPID cannot both be enabled",
                fix: "keep one"
            )
        }
        guard !context.hostUsers else { return }
        for field in ["hostNetwork", "hostPID", "hostIPC"] where spec[field].isTrue {
            forbidden(spec[field], "when `hostUsers` is false")
        }
        for container in spec["initContainers"].items + spec["containers"].items
        where !container["volumeDevices"].items.isEmpty {
            forbidden(container["volumeDevices"], "when `hostUsers` is false")
        }
    }

    private mutating func sysctls(_ node: Node, _ spec: Node) {
        var seen: Set<String> = []
        for item in node.items {
            let name = item["name"]
            guard !name.text.isEmpty else { continue }
            let dotted = String(name.text.map { $0 == "/" ? "." : $0 })
            if !NameRules.sysctl(name.text).isEmpty {
                check(name, NameRules.sysctl, fix: "correct the name")
            } else if !seen.insert(name.text).inserted {
                duplicate(name)
            }
            if spec["hostNetwork"].isTrue, dotted.hasPrefix("net.") {
                invalid(
                    name,
                    "may not be specified when 'hostNetwork' is true",
                    fix: "remove it, or hostNetwork"
                )
            }
            let isIPC = ["kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue."]
                .contains { dotted.hasPrefix($0) }
            if spec["hostIPC"].isTrue, isIPC {
                invalid(
                    name,
                    "may not be specified when 'hostIPC' is true",
                    fix: "remove it, or hostIPC"
                )
            }
        }
    }

    mutating func containerSecurity(_ node: Node, _ context: PodContext) {
        range(node["runAsUser"], Self.identities)
        range(node["runAsGroup"], Self.identities)
        seccomp(node["seccompProfile"])
        appArmor(node["appArmorProfile"])
        choice(node["procMount"], ["Default", "Unmasked"])
        if node["procMount"].text == "Unmasked", context.hostUsers {
            invalid(
                node["procMount"],
                "`hostUsers` must be false to use `Unmasked`",
                fix: "set hostUsers: false, or remove procMount"
            )
        }
        guard node["allowPrivilegeEscalation"].value == false else { return }
        if node["privileged"].isTrue {
            invalid(
                node["allowPrivilegeEscalation"],
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
                fix: "remove one of the two"
            )
        }
        if node["capabilities"]["add"].texts.contains("CAP_SYS_ADMIN") {
            invalid(
                node["allowPrivilegeEscalation"],
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add`"
                    + " CAP_SYS_ADMIN",
                fix: "remove one of the two"
            )
        }
    }

    private mutating func seccomp(_ node: Node) {
        choice(node["type"], ["Localhost", "RuntimeDefault", "Unconfined"])
        let profile = node["localhostProfile"]
        if node["type"].text == "Localhost" {
            if profile.exists {
                check(
                    profile,
                    PathRules.descending,
                    fix: "write a path below the profile directory"
                )
            } else {
                required(profile, "must be set when seccomp type is Localhost")
            }
        } else if profile.exists {
            invalid(
                profile,
                "can only be set when seccomp type is Localhost",
                fix: "remove it"
            )
        }
    }

    private mutating func appArmor(_ node: Node) {
        choice(node["type"], ["Localhost", "RuntimeDefault", "Unconfined"])
        let profile = node["localhostProfile"]
        if node["type"].text == "Localhost" {
            let isPadded = profile.text.first == " " || profile.text.last == " "
            if profile.text.allSatisfy({ $0 == " " }) {
                required(profile, "must be set when AppArmor type is Localhost")
            } else if isPadded {
                invalid(profile, "must not be padded with whitespace", fix: "remove the blanks")
            }
        } else if profile.exists {
            invalid(
                profile,
                "can only be set when AppArmor type is Localhost",
                fix: "remove it"
            )
        }
    }
}
