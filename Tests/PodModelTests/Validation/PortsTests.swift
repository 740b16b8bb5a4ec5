import Testing

@Suite("Ports") struct PortsTests {
    static let table = [
        Case(
            "numbers",
            pod(
                container: """
                    ports:
                    - {containerPort: 0}
                    - {containerPort: 65536}
                    - {containerPort: 80, hostPort: 70000, hostIP: here}
                    - {containerPort: 81, protocol: tcp}
                    """
            ),
            "7:8 spec.containers[0].ports[0].containerPort: Required value; name the port the container listens on",
            "8:8 spec.containers[0].ports[1].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive; choose a number in that range",
            "9:27 spec.containers[0].ports[2].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive; choose a number in that range",
            "9:44 spec.containers[0].ports[2].hostIP: Invalid value: \"here\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff); write an address such as 192.0.2.7",
            "10:27 spec.containers[0].ports[3].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"; did you mean \"TCP\"?"
        ),
        Case(
            "names",
            pod(
                container: """
                    ports:
                    - {containerPort: 1, name: HTTP}
                    - {containerPort: 2, name: a-very-long-port-name}
                    - {containerPort: 3, name: '123'}
                    - {containerPort: 4, name: a--b}
                    - {containerPort: 5, name: -a}
                    """
            ),
            "7:26 spec.containers[0].ports[0].name: Invalid value: \"HTTP\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-); choose a name such as http",
            "7:26 spec.containers[0].ports[0].name: Invalid value: \"HTTP\": must contain at least one letter (a-z); choose a name such as http",
            "8:26 spec.containers[0].ports[1].name: Invalid value: \"a-very-long-port-name\": must be no more than 15 characters; choose a name such as http",
            "9:26 spec.containers[0].ports[2].name: Invalid value: \"123\": must contain at least one letter (a-z); choose a name such as http",
            "10:26 spec.containers[0].ports[3].name: Invalid value: \"a--b\": must not contain consecutive hyphens; choose a name such as http",
            "11:26 spec.containers[0].ports[4].name: Invalid value: \"-a\": must not begin or end with a hyphen; choose a name such as http"
        ),
        Case(
            "one name twice",
            pod(
                container: """
                    ports:
                    - {containerPort: 1, name: http}
                    - {containerPort: 2, name: http}
                    """
            ),
            "8:26 spec.containers[0].ports[1].name: Duplicate value: \"http\"; give every port of the container its own name"
        ),
        Case(
            "one port twice",
            pod(
                container: """
                    ports:
                    - containerPort: 80
                    - containerPort: 80
                    - {containerPort: 80, protocol: UDP}
                    - {containerPort: 80, name: again}
                    """
            ),
            "8:7 spec.containers[0].ports[1].containerPort: Duplicate value: \"80/TCP\"; remove one of the two"
        ),
        Case(
            "one port of the node twice",
            """
            metadata: {name: p}
            spec:
              containers:
              - {name: a, image: a, ports: [{containerPort: 80, hostPort: 8080}]}
              - {name: b, image: a, ports: [{containerPort: 81, hostPort: 8080}, {containerPort: 82, hostPort: 8080, protocol: UDP}]}
            """,
            "5:53 spec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//8080\"; choose another hostPort, or remove it"
        ),
        Case(
            "on the node's network both ports are the same",
            pod(
                container: """
                    ports:
                    - {containerPort: 80, hostPort: 81}
                    - {containerPort: 82}
                    """,
                spec: "hostNetwork: true"
            ),
            "7:27 spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true; remove hostPort"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
