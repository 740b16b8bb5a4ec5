import Testing

@Suite("Security contexts") struct SecurityTests {
    static let table = [
        Case(
            "identities",
            pod(
                container: "securityContext: {runAsUser: -1, runAsGroup: 2147483648}",
                spec: "securityContext: {fsGroup: -5, supplementalGroups: [1, -2]}"
            ),
            "6:23 spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive; choose a number in that range",
            "6:38 spec.containers[0].securityContext.runAsGroup: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive; choose a number in that range",
            "7:21 spec.securityContext.fsGroup: Invalid value: -5: must be between 0 and 2147483647, inclusive; choose a number in that range",
            "7:58 spec.securityContext.supplementalGroups[1]: Invalid value: -2: must be between 0 and 2147483647, inclusive; choose a number in that range"
        ),
        Case(
            "no escalation of a privileged container",
            pod(container: "securityContext: {allowPrivilegeEscalation: false, privileged: true}"),
            "6:23 spec.containers[0].securityContext.allowPrivilegeEscalation: Invalid value: false: cannot set `allowPrivilegeEscalation` to false and `privileged` to true; remove one of the two"
        ),
        Case(
            "no escalation with all rights",
            pod(
                container: """
                    securityContext: {allowPrivilegeEscalation: false, capabilities: {add: [CAP_SYS_ADMIN]}}
                    """
            ),
            "6:23 spec.containers[0].securityContext.allowPrivilegeEscalation: Invalid value: false: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN; remove one of the two"
        ),
        Case(
            "seccomp",
            pod(
                container: "securityContext: {seccompProfile: {type: Localhost}}",
                spec:
                    "securityContext: {seccompProfile: {type: RuntimeDefault, localhostProfile: a}}"
            ),
            "6:23 spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost; set it",
            "7:60 spec.securityContext.seccompProfile.localhostProfile: Invalid value: \"a\": can only be set when seccomp type is Localhost; remove it"
        ),
        Case(
            "seccomp types and paths",
            pod(
                container:
                    "securityContext: {seccompProfile: {type: Localhost, localhostProfile: ../a}}",
                spec: "securityContext: {seccompProfile: {type: None}}"
            ),
            "6:57 spec.containers[0].securityContext.seccompProfile.localhostProfile: Invalid value: \"../a\": must not contain '..'; write a path below the profile directory",
            "7:38 spec.securityContext.seccompProfile.type: Unsupported value: \"None\": supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\"; use one of these"
        ),
        Case(
            "AppArmor",
            pod(
                container:
                    "securityContext: {appArmorProfile: {type: Localhost, localhostProfile: ' a'}}",
                spec: "securityContext: {appArmorProfile: {}}"
            ),
            "7:21 spec.securityContext.appArmorProfile.type: Required value; add \"type\" to spec.securityContext.appArmorProfile",
            "6:58 spec.containers[0].securityContext.appArmorProfile.localhostProfile: Invalid value: \" a\": must not be padded with whitespace; remove the blanks"
        ),
        Case(
            "an unmasked /proc",
            pod(container: "securityContext: {procMount: Unmasked}"),
            "6:23 spec.containers[0].securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`; set hostUsers: false, or remove procMount"
        ),
        Case(
            "an unmasked /proc in its own user namespace",
            pod(container: "securityContext: {procMount: Unmasked}", spec: "hostUsers: false")
        ),
        Case(
            "policies",
            pod(
                spec: "securityContext: {fsGroupChangePolicy: Never, supplementalGroupsPolicy: Add}"
            ),
            "6:21 spec.securityContext.fsGroupChangePolicy: Unsupported value: \"Never\": supported values: \"Always\", \"OnRootMismatch\"; use one of these",
            "6:49 spec.securityContext.supplementalGroupsPolicy: Unsupported value: \"Add\": supported values: \"Merge\", \"Strict\"; use one of these"
        ),
        Case(
            "sysctls",
            pod(
                spec: """
                    securityContext:
                      sysctls:
                      - {name: net.core.somaxconn, value: '1'}
                      - {name: net.core.somaxconn, value: '2'}
                      - {name: Net.Core, value: '1'}
                      - {name: kernel/shm_rmid_forced, value: '1'}
                    """
            ),
            "9:8 spec.securityContext.sysctls[1].name: Duplicate value: \"net.core.somaxconn\"; use each only once",
            "10:8 spec.securityContext.sysctls[2].name: Invalid value: \"Net.Core\": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$; correct the name"
        ),
        Case(
            "sysctls of the node",
            pod(
                spec: """
                    hostNetwork: true
                    hostIPC: true
                    securityContext:
                      sysctls:
                      - {name: net.ipv4.tcp_syncookies, value: '1'}
                      - {name: kernel.shm_rmid_forced, value: '1'}
                    """
            ),
            "10:8 spec.securityContext.sysctls[0].name: Invalid value: \"net.ipv4.tcp_syncookies\": may not be specified when 'hostNetwork' is true; remove it, or hostNetwork",
            "11:8 spec.securityContext.sysctls[1].name: Invalid value: \"kernel.shm_rmid_forced\": may not be specified when 'hostIPC' is true; remove it, or hostIPC"
        ),
        Case(
            "both ways to see processes",
            pod(
                spec: """
                    hostPID: true
                    shareProcessNamespace: true
                    """
            ),
            "7:3 spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled; keep one"
        ),
        Case(
            "a user namespace excludes the node's",
            pod(
                spec: """
                    hostUsers: false
                    hostPID: true
                    hostNetwork: true
                    """
            ),
            "8:3 spec.hostNetwork: Forbidden: when `hostUsers` is false; remove it",
            "7:3 spec.hostPID: Forbidden: when `hostUsers` is false; remove it"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
