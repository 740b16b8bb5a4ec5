import Testing

@Suite("Environment") struct EnvironmentTests {
    static let table = [
        Case(
            "names",
            pod(
                container: """
                    env:
                    - {name: 'A=B', value: x}
                    - {name: my.var-1, value: x}
                    - {name: 'ü', value: x}
                    """
            ),
            "7:8 spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII characters other than '='; rename the variable",
            "9:8 spec.containers[0].env[2].name: Invalid value: \"ü\": a valid environment variable name must consist only of printable ASCII characters other than '='; rename the variable"
        ),
        Case(
            "a name twice is worth a warning",
            pod(
                container: """
                    env:
                    - {name: A, value: x}
                    - {name: A, value: y}
                    """
            ),
            "8:8 warning: spec.containers[0].env[1].name: hides previous definition of \"A\", which may be dropped when using apply; remove one of the two"
        ),
        Case(
            "both a value and a source",
            pod(
                container: """
                    env:
                    - {name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                    """
            ),
            "7:27 spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty; keep either value or valueFrom"
        ),
        Case(
            "no source",
            pod(
                container: """
                    env:
                    - {name: A, valueFrom: {}}
                    """
            ),
            "7:17 spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`; name one source"
        ),
        Case(
            "two sources",
            pod(
                container: """
                    env:
                    - {name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}, secretKeyRef: {name: s, key: k}}}
                    """
            ),
            "7:17 spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not have more than one field specified at a time; keep one of fieldRef, secretKeyRef"
        ),
        Case(
            "fields of the pod",
            pod(
                container: """
                    env:
                    - {name: V0, valueFrom: {fieldRef: {fieldPath: "metadata.labels"}}}
                    - {name: V1, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
                    - {name: V2, valueFrom: {fieldRef: {fieldPath: "status.podIPs"}}}
                    - {name: V3, valueFrom: {fieldRef: {fieldPath: "spec.hostname"}}}
                    - {name: V4, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['a/b/c']"}}}
                    - {name: V5, valueFrom: {fieldRef: {fieldPath: "spec['a']"}}}
                    """
            ),
            "7:41 spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"metadata.labels\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"; use one of these",
            "10:41 spec.containers[0].env[3].valueFrom.fieldRef.fieldPath: Unsupported value: \"spec.hostname\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"; did you mean \"spec.nodeName\"?",
            "11:41 spec.containers[0].env[4].valueFrom.fieldRef.fieldPath: Invalid value: \"a/b/c\": a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName'); correct the key between the brackets",
            "12:41 spec.containers[0].env[5].valueFrom.fieldRef.fieldPath: Invalid value: \"spec\": does not support subscript; use metadata.labels['KEY'] or metadata.annotations['KEY']"
        ),
        Case(
            "resources of a container",
            pod(
                container: """
                    env:
                    - {name: V0, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
                    - {name: V1, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
                    - {name: V2, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1k}}}
                    - {name: V3, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}}
                    - {name: V4, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 2Mi}}}
                    - {name: V5, valueFrom: {resourceFieldRef: {resource: limits.hugepages-2Mi}}}
                    - {name: V6, valueFrom: {resourceFieldRef: {resource: cpu}}}
                    """
            ),
            "9:71 spec.containers[0].env[2].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource; choose one of these units",
            "11:76 spec.containers[0].env[4].valueFrom.resourceFieldRef.divisor: Invalid value: \"requests.memory\": only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource; choose one of these units",
            "13:49 spec.containers[0].env[6].valueFrom.resourceFieldRef.resource: Unsupported value: \"cpu\": supported values: \"limits.cpu\", \"limits.ephemeral-storage\", \"limits.memory\", \"requests.cpu\", \"requests.ephemeral-storage\", \"requests.memory\"; use one of these"
        ),
        Case(
            "references",
            pod(
                container: """
                    env:
                    - {name: A, valueFrom: {configMapKeyRef: {name: My_Map, key: k}}}
                    - {name: B, valueFrom: {secretKeyRef: {key: 'a b'}}}
                    - {name: C, valueFrom: {secretKeyRef: {name: s}}}
                    """
            ),
            "9:29 spec.containers[0].env[2].valueFrom.secretKeyRef.key: Required value; add \"key\" to spec.containers[0].env[2].valueFrom.secretKeyRef",
            "7:47 spec.containers[0].env[0].valueFrom.configMapKeyRef.name: Invalid value: \"My_Map\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); write \"my-map\"",
            "8:29 spec.containers[0].env[1].valueFrom.secretKeyRef.name: Required value; name the object",
            "8:44 spec.containers[0].env[1].valueFrom.secretKeyRef.key: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+'); name a key of the object"
        ),
        Case(
            "envFrom",
            pod(
                container: """
                    envFrom:
                    - {prefix: 'a=', configMapRef: {name: c}}
                    - {}
                    - {configMapRef: {name: c}, secretRef: {name: s}}
                    - {secretRef: {optional: true}}
                    """
            ),
            "7:8 spec.containers[0].envFrom[0].prefix: Invalid value: \"a=\": a valid environment variable name must consist only of printable ASCII characters other than '='; choose another prefix",
            "8:7 spec.containers[0].envFrom[1]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`; name a ConfigMap or a Secret",
            "9:7 spec.containers[0].envFrom[2]: Invalid value: \"\": may not have more than one field specified at a time; give each its own entry of the list",
            "10:8 spec.containers[0].envFrom[3].secretRef.name: Required value; name the object"
        ),
        Case(
            "a file of variables",
            pod(
                container: """
                    env:
                    - {name: A, valueFrom: {fileKeyRef: {volumeName: v, path: a/../b, key: K}}}
                    - {name: B, valueFrom: {fileKeyRef: {volumeName: w, path: b, key: K}}}
                    - {name: C, valueFrom: {fileKeyRef: {volumeName: x, path: b, key: K}}}
                    """,
                spec: """
                    volumes:
                    - {name: v, emptyDir: {}}
                    - {name: w, hostPath: {path: /w}}
                    """
            ),
            "7:57 spec.containers[0].env[0].valueFrom.fileKeyRef.path: Invalid value: \"a/../b\": must not contain '..'; write a path inside the volume",
            "8:42 spec.containers[0].env[1].valueFrom.fileKeyRef.volumeName: Invalid value: \"w\": referenced volume must be of type emptyDir; name an emptyDir volume",
            "9:42 spec.containers[0].env[2].valueFrom.fileKeyRef.volumeName: Not found: \"x\"; add a volume of that name to spec.volumes"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
