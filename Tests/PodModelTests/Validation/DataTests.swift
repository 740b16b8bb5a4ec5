import Testing

@Suite("ConfigMaps, Secrets and claims") struct DataTests {
    static let table = [
        Case(
            "keys of a ConfigMap",
            kind: "ConfigMap",
            """
            metadata: {name: c}
            data:
              a b: x
              ..x: y
              good.key-1_A: z
              twice: a
            binaryData:
              twice: Zm9v
            """,
            "3:3 data.a b: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+'); rename the key",
            "4:3 data[..x]: Invalid value: \"..x\": must not start with '..'; rename the key",
            "6:3 data.twice: Invalid value: \"twice\": duplicate of key present in binaryData; rename one of the two"
        ),
        Case(
            "numbers in a ConfigMap",
            kind: "ConfigMap",
            """
            metadata: {name: c}
            data:
              port: 8080
              flag: true
              word: yes
              nothing:
            """,
            "3:3 data.port: a string is expected, not the number 8080; write it in quotes: \"8080\"",
            "4:3 data.flag: a string is expected, not the boolean true; write it in quotes: \"true\""
        ),
        Case(
            "a ConfigMap that is too large",
            kind: "ConfigMap",
            "metadata: {name: c}\ndata:\n  a: \(String(repeating: "x", count: 1_048_577))",
            "2:1 data: Too long: may not be more than 1048576 bytes; shorten it"
        ),
        Case(
            "a TLS Secret",
            kind: "Secret",
            """
            metadata: {name: s}
            type: kubernetes.io/tls
            data: {tls.crt: Zm9v}
            """,
            "3:1 data[tls.key]: Required value; set it"
        ),
        Case(
            "a TLS Secret of plain texts",
            kind: "Secret",
            """
            metadata: {name: s}
            type: kubernetes.io/tls
            stringData: {tls.crt: a, tls.key: b}
            """
        ),
        Case(
            "registry credentials that are no JSON",
            kind: "Secret",
            """
            metadata: {name: s}
            type: kubernetes.io/dockerconfigjson
            stringData: {.dockerconfigjson: secret}
            """,
            "1:1 data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": not JSON; encode the content of ~/.docker/config.json"
        ),
        Case(
            "registry credentials that are missing",
            kind: "Secret",
            """
            metadata: {name: s}
            type: kubernetes.io/dockerconfigjson
            """,
            "1:1 data[.dockerconfigjson]: Required value; add the key, as kubectl create secret docker-registry does"
        ),
        Case(
            "basic authentication",
            kind: "Secret",
            """
            metadata: {name: s}
            type: kubernetes.io/basic-auth
            stringData: {user: a}
            """,
            "1:1 data.username: Required value; set it",
            "1:1 data.password: Required value; set it"
        ),
        Case(
            "a claim",
            kind: "PersistentVolumeClaim",
            """
            metadata: {name: c}
            spec:
              accessModes: [ReadWriteOnce]
              resources: {requests: {storage: 1Gi}}
            """
        ),
        Case(
            "a claim with mistakes",
            kind: "PersistentVolumeClaim",
            """
            metadata: {name: c}
            spec:
              accessModes: [RWO, ReadWriteOncePod]
              volumeMode: Files
              resources: {requests: {storage: 0}}
            """,
            "3:17 spec.accessModes[0]: Unsupported value: \"RWO\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"; use one of these",
            "3:3 spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes; remove it",
            "5:26 spec.resources.requests.storage: Invalid value: \"0\": must be greater than zero; choose an amount such as 1Gi",
            "4:3 spec.volumeMode: Unsupported value: \"Files\": supported values: \"Block\", \"Filesystem\"; use one of these"
        ),
        Case(
            "a claim for nothing",
            kind: "PersistentVolumeClaim",
            """
            metadata: {name: c}
            spec: {}
            """,
            "2:1 spec.accessModes: Required value: at least 1 access mode is required; write [ReadWriteOnce]",
            "2:1 spec.resources.requests.storage: Required value; say how much is needed, such as 1Gi"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
