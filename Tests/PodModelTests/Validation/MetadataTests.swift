import Testing

@Suite("Metadata") struct MetadataTests {
    static let table = [
        Case(
            "no name",
            """
            metadata: {}
            spec: {containers: [{name: a, image: a}]}
            """,
            "1:1 metadata.name: Required value: name or generateName is required; give the object a name"
        ),
        Case(
            "no metadata",
            "spec: {containers: [{name: a, image: a}]}",
            "1:1 metadata.name: Required value: name or generateName is required; give the object a name"
        ),
        Case(
            "a name with capitals and underscores",
            """
            metadata: {name: My_App}
            spec: {containers: [{name: a, image: a}]}
            """,
            "1:12 metadata.name: Invalid value: \"My_App\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); write \"my-app\""
        ),
        Case(
            "a name that ends in a dash",
            """
            metadata: {name: app-}
            spec: {containers: [{name: a, image: a}]}
            """,
            "1:12 metadata.name: Invalid value: \"app-\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); write \"app\""
        ),
        Case(
            "a name with dots is a subdomain",
            """
            metadata: {name: a.b.c}
            spec: {containers: [{name: a, image: a}]}
            """,
            "1:12 warning: metadata.name: this is used in the Pod's hostname, which can result in"
                + " surprising behavior; a DNS label is recommended; write \"a-b-c\""
        ),
        Case(
            "a generated name",
            """
            metadata: {generateName: app-}
            spec: {containers: [{name: a, image: a}]}
            """
        ),
        Case(
            "a name that is too long",
            "metadata: {name: \(String(repeating: "a", count: 254))}\nspec: {containers: [{name: a, image: a}]}",
            "1:12 metadata.name: Invalid value: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\": must be no more than 253 bytes; write \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
        ),
        Case(
            "a namespace",
            """
            metadata: {name: a, namespace: a.b}
            spec: {containers: [{name: a, image: a}]}
            """,
            "1:21 metadata.namespace: Invalid value: \"a.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'); write \"a-b\""
        ),
        Case(
            "labels",
            """
            metadata:
              name: a
              labels:
                -a: b
                a/b/c: d
                ok: "-x"
                example.com/good: fine
                long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            spec: {containers: [{name: a, image: a}]}
            """,
            "4:5 metadata.labels.-a: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'); rename the label",
            "5:5 metadata.labels[a/b/c]: Invalid value: \"a/b/c\": a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName'); rename the label",
            "6:5 metadata.labels.ok: Invalid value: \"-x\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'); shorten or rewrite the label's value",
            "8:5 metadata.labels.long: Invalid value: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\": must be no more than 63 bytes; shorten or rewrite the label's value"
        ),
        Case(
            "annotations",
            """
            metadata:
              name: a
              annotations:
                Example.com/UPPER: anything goes here
                bad key: x
            spec: {containers: [{name: a, image: a}]}
            """,
            "5:5 metadata.annotations.bad key: Invalid value: \"bad key\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'); rename the annotation"
        ),
        Case(
            "two controllers",
            """
            metadata:
              name: a
              ownerReferences:
              - {apiVersion: v1, kind: A, name: a, uid: a, controller: true}
              - {apiVersion: v1, kind: A, name: b, uid: b, controller: true}
            spec: {containers: [{name: a, image: a}]}
            """,
            "5:48 metadata.ownerReferences[1].controller: Invalid value: true: Only one reference can have Controller set to true.; keep one controller"
        ),
        Case(
            "a namespace in a namespace",
            kind: "Namespace",
            "metadata: {name: a, namespace: b}",
            "1:21 metadata.namespace: Forbidden: not allowed on this type; remove it"
        ),
        Case(
            "a namespace is a label",
            kind: "Namespace",
            "metadata: {name: a.b}",
            "1:12 metadata.name: Invalid value: \"a.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'); choose another name"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
