import Testing

@Suite("Strict fields") struct SchemaTests {
    static let table = [
        Case(
            "a misspelt field",
            pod(container: "imagePullPolcy: Always"),
            "6:5 spec.containers[0].imagePullPolcy: unknown field \"imagePullPolcy\"; did you mean \"imagePullPolicy\"?"
        ),
        Case(
            "a field with the wrong case",
            pod(container: "volumemounts: []"),
            "6:5 spec.containers[0].volumemounts: unknown field \"volumemounts\"; did you mean \"volumeMounts\"?"
        ),
        Case(
            "a field of another level",
            pod(
                container: "restartPolicy: Always",
                spec: """
                    containerPort: 80
                    image: b
                    """
            ),
            "7:3 spec.containerPort: unknown field \"containerPort\" in PodSpec; it belongs to ContainerPort: indent it there",
            "8:3 spec.image: unknown field \"image\" in PodSpec; it belongs to Container: indent it there"
        ),
        Case(
            "a field nobody knows",
            pod(spec: "colour: red"),
            "6:3 spec.colour: unknown field \"colour\" in PodSpec; remove it"
        ),
        Case(
            "a number where a string is meant",
            pod(
                container: """
                    env:
                    - name: A
                      value: 8080
                    """
            ),
            "8:7 spec.containers[0].env[0].value: a string is expected, not the number 8080; write it in quotes: \"8080\""
        ),
        Case(
            "a fraction where a string is meant",
            pod(container: "workingDir: 1.5"),
            "6:5 spec.containers[0].workingDir: a string is expected, not the number 1.5; write it in quotes: \"1.5\""
        ),
        Case(
            "a number that would change its text",
            pod(
                container: """
                    env:
                    - name: A
                      value: 0123
                    - name: B
                      value: 1.10
                    - name: C
                      value: 0x1F
                    """
            ),
            "8:7 warning: spec.containers[0].env[0].value: the number 0123 is read as a string, as it is written; write it in quotes, kubectl insists on them: \"0123\"",
            "10:7 warning: spec.containers[0].env[1].value: the number 1.10 is read as a string, as it is written; write it in quotes, kubectl insists on them: \"1.10\"",
            "12:7 warning: spec.containers[0].env[2].value: the number 0x1F is read as a string, as it is written; write it in quotes, kubectl insists on them: \"0x1F\""
        ),
        Case(
            "a boolean where a string is meant",
            pod(
                container: """
                    env:
                    - name: A
                      value: true
                    """
            ),
            "8:7 spec.containers[0].env[0].value: a string is expected, not the boolean true; write it in quotes: \"true\""
        ),
        Case(
            "words that YAML 1.1 takes for booleans stay strings",
            pod(
                container: """
                    env:
                    - {name: A, value: yes}
                    - {name: B, value: on}
                    - {name: C, value: n}
                    """
            )
        ),
        Case(
            "words that YAML 1.1 takes for booleans are booleans where those are meant",
            pod(
                container: """
                    stdin: on
                    tty: no
                    """
            )
        ),
        Case(
            "a quoted boolean",
            pod(
                container: """
                    stdin: "true"
                    tty: maybe
                    """
            ),
            "6:5 spec.containers[0].stdin: true or false is expected, not the string \"true\"; write it without quotes",
            "7:5 spec.containers[0].tty: true or false is expected, not the string \"maybe\"; write true or false"
        ),
        Case(
            "a string where a number is meant",
            pod(
                spec: """
                    terminationGracePeriodSeconds: "30"
                    priority: high
                    """
            ),
            "6:3 spec.terminationGracePeriodSeconds: a whole number is expected, not the string \"30\"; write it without quotes",
            "7:3 spec.priority: a whole number is expected, not the string \"high\"; write a whole number"
        ),
        Case(
            "a fraction where a whole number is meant",
            pod(spec: "terminationGracePeriodSeconds: 1.5"),
            "6:3 spec.terminationGracePeriodSeconds: a whole number is expected, not the number 1.5; write a whole number"
        ),
        Case(
            "a number beyond 32 bits",
            pod(
                container: """
                    ports:
                    - containerPort: 4294967296
                    """
            ),
            "7:7 spec.containers[0].ports[0].containerPort: Invalid value: 4294967296: must be between -2147483648 and 2147483647; choose a number in that range"
        ),
        Case(
            "a list where an object is meant",
            pod(spec: "securityContext: []"),
            "6:3 spec.securityContext: an object is expected, not a list; indent the fields of PodSecurityContext below it"
        ),
        Case(
            "an object where a list is meant",
            pod(container: "command: {a: b}"),
            "6:5 spec.containers[0].command: a list is expected, not an object; begin each element with \"- \""
        ),
        Case(
            "a text where a list is meant",
            pod(container: "command: run it"),
            "6:5 spec.containers[0].command: a list is expected, not the string \"run it\"; begin each element with \"- \""
        ),
        Case(
            "a text where an object is meant",
            pod(container: "resources: lots"),
            "6:5 spec.containers[0].resources: an object is expected, not the string \"lots\"; indent the fields of ResourceRequirements below it"
        ),
        Case(
            "nothing in a list",
            pod(
                container: """
                    args:
                    - a
                    -
                    """
            ),
            "8:6 spec.containers[0].args[1]: a string is expected, not nothing; remove the element, or write \"\""
        ),
        Case(
            "null is the same as missing",
            pod(
                container: """
                    env: null
                    resources:
                    """,
                spec: "volumes: null"
            )
        ),
        Case(
            "a number or a string",
            pod(container: "livenessProbe: {httpGet: {port: true}}"),
            "6:31 spec.containers[0].livenessProbe.httpGet.port: a whole number or a string is expected, not the boolean true; write a number or a name"
        ),
        Case(
            "amounts",
            pod(
                container: """
                    resources:
                      limits: {cpu: 0.5, memory: 1GB}
                      requests: {cpu: 100 m, memory: 64mi}
                    """
            ),
            "7:26 spec.containers[0].resources.limits.memory: Invalid value: \"1GB\": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'; write 1 with the unit G or Gi, without a space",
            "8:18 spec.containers[0].resources.requests.cpu: Invalid value: \"100 m\": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'; write 100 with the unit m, without a space",
            "8:30 spec.containers[0].resources.requests.memory: Invalid value: \"64mi\": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'; write 64 with the unit Mi, without a space"
        ),
        Case(
            "an amount that is a boolean",
            pod(
                container: """
                    resources:
                      limits: {cpu: true}
                    """
            ),
            "7:16 spec.containers[0].resources.limits.cpu: a quantity is expected, not the boolean true; write an amount such as 500m, 0.5 or 64Mi"
        ),
        Case(
            "required fields",
            pod(
                container: """
                    env:
                    - value: a
                    ports:
                    - {name: a}
                    volumeMounts:
                    - {}
                    """
            ),
            "7:7 spec.containers[0].env[0].name: Required value; add \"name\" to spec.containers[0].env[0]",
            "9:7 spec.containers[0].ports[0].containerPort: Required value; add \"containerPort\" to spec.containers[0].ports[0]",
            "11:7 spec.containers[0].volumeMounts[0].mountPath: Required value; add \"mountPath\" to spec.containers[0].volumeMounts[0]",
            "11:7 spec.containers[0].volumeMounts[0].name: Required value; add \"name\" to spec.containers[0].volumeMounts[0]"
        ),
        Case(
            "required texts that are empty",
            pod(
                container: """
                    env:
                    - {name: "", value: a}
                    """
            ),
            "7:8 spec.containers[0].env[0].name: Required value; add \"name\" to spec.containers[0].env[0]"
        ),
        Case(
            "no spec",
            "metadata: {name: p}",
            "1:1 spec: Required value; add \"spec\""
        ),
        Case(
            "no containers",
            """
            metadata: {name: p}
            spec: {restartPolicy: Always}
            """,
            "2:1 spec.containers: Required value; add \"containers\" to spec"
        ),
        Case(
            "a time",
            """
            metadata: {name: p, creationTimestamp: yesterday}
            spec: {containers: [{name: a, image: a}]}
            """,
            "1:21 metadata.creationTimestamp: a time is expected, not the string \"yesterday\"; write it like 2006-01-02T15:04:05Z"
        ),
        Case(
            "the same volume claim twice",
            """
            metadata: {name: p}
            spec:
              containers: [{name: a, image: a}]
              topologySpreadConstraints:
              - &t {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}
              - *t
            """,
            "5:21 spec.topologySpreadConstraints[1].topologyKey: Duplicate value: \"zone\", \"DoNotSchedule\"; remove one of the two",
            "4:3 warning: spec.topologySpreadConstraints: topologySpreadConstraints has no effect: there is one node"
        ),
        Case(
            "data that is not base64",
            kind: "Secret",
            """
            metadata: {name: s}
            data:
              a: not base64!
              b: Zm9v
              c: 5
            """,
            "3:3 data.a: Invalid value: illegal base64 data; encode it as base64, or move it to stringData as plain text",
            "5:3 data.c: base64 text is expected, not the number 5; encode it as base64, or move it to stringData"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
