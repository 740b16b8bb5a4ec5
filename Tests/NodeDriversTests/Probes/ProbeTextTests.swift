import Formats
import HTTP
import PodEngine
import PodModel
import Testing

@testable import NodeDrivers

@Suite("Probe texts and addresses") struct ProbeTextTests {
    private var container: Container {
        get throws {
            try Container(
                json: [
                    "name": "app", "image": "x",
                    "ports": [
                        ["name": "web", "containerPort": 8080],
                        ["name": "80", "containerPort": 90],
                    ],
                ]
            )
        }
    }

    @Test(arguments: [
        (IntOrString.int(80), UInt16(80)), (.string("web"), 8080), (.string("443"), 443),
        (.string("80"), 90), (.int(65535), 65535),
    ])
    func `a port is a number, a name or a number in text`(port: IntOrString, number: UInt16) throws
    {
        #expect(try ContainerPorts.resolve(port, in: try container) == number)
    }

    @Test(arguments: [
        (IntOrString.int(0), "invalid port number: 0"),
        (.int(65536), "invalid port number: 65536"),
        (.string("http"), "strconv.Atoi: parsing \"http\": invalid syntax"),
        (.string("-1"), "invalid port number: -1"),
    ])
    func `an unknown port is named`(port: IntOrString, text: String) throws {
        let container = try container
        let error = #expect(throws: ContainerPorts.Unresolved.self) {
            try ContainerPorts.resolve(port, in: container)
        }
        #expect(error?.description == text)
    }

    @Test(arguments: [
        (1, "1s"), (59, "59s"), (60, "1m0s"), (90, "1m30s"), (3600, "1h0m0s"), (3661, "1h1m1s"),
    ])
    func `durations are written as Go writes them`(seconds: Int, text: String) {
        #expect(GoTexts.duration(seconds) == text)
    }

    @Test(arguments: [
        ("/healthz", "http://10.0.0.1:80/healthz"), ("", "http://10.0.0.1:80/"),
        ("a?b=c#d", "http://10.0.0.1:80/a?b=c"), ("/a b\r\n", "http://10.0.0.1:80/a%20b%0D%0A"),
    ])
    func `a path becomes a URL that cannot break out of the request`(path: String, url: String) {
        let made = ProbeURL(isSecure: false, host: "10.0.0.1", port: 80, path: path)
        #expect(made.description == url)
    }

    @Test(arguments: [
        ("/b", "http://h:80/b"), ("b", "http://h:80/x/b"), ("?q", "http://h:80/x/y?q"),
        ("//other/p", "http://other/p"), ("https://h", "https://h/"),
        ("HTTP://h:81/a?b", "http://h:81/a?b"), ("http://[::1]:8/", "http://[::1]:8/"),
        ("http://u:p@h/", "http://h/"), ("/r?to=http://z/", "http://h:80/r?to=http://z/"),
    ])
    func `a location is resolved`(location: String, url: String) {
        let start = ProbeURL(isSecure: false, host: "h", port: 80, path: "/x/y?z")
        #expect(start.following(location)?.description == url)
    }

    @Test(arguments: ["ftp://h/", "http://", "http://h:x/"])
    func `a location that cannot be followed is refused`(location: String) {
        let start = ProbeURL(isSecure: false, host: "h", port: 80, path: "/")
        #expect(start.following(location) == nil)
    }

    @Test func `header fields are completed as by the kubelet`() {
        let plain = ProbeHTTP.headers([], agent: "kube-probe/1.36")
        #expect(plain["user-agent"] == "kube-probe/1.36")
        #expect(plain["accept"] == "*/*")
        #expect(plain["connection"] == "close")
        let given = [
            HTTPHeader(name: "accept", value: ""), HTTPHeader(name: "User-Agent", value: "me"),
            HTTPHeader(name: "X", value: "1"), HTTPHeader(name: "X", value: "2"),
        ]
        let own = ProbeHTTP.headers(given, agent: "kube-probe/1.36")
        #expect(own["accept"] == nil)
        #expect(own["user-agent"] == "me")
        #expect(own.values("x") == ["1", "2"])
    }

    @Test func `a health request names its service`() {
        #expect(GRPCHealth.request("") == [0, 0, 0, 0, 0])
        #expect(GRPCHealth.request("ab") == [0, 0, 0, 0, 4, 0x0A, 2, 97, 98])
        let long = GRPCHealth.request(String(repeating: "x", count: 200))
        #expect(Array(long.prefix(8)) == [0, 0, 0, 0, 203, 0x0A, 200, 1])
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0, 2, 8, 1], 1), ([0, 0, 0, 0, 0], 0), ([0, 0, 0, 0, 2, 8, 2], 2),
            ([0, 0, 0, 0, 5, 0x12, 1, 9, 8, 1], 1), ([0, 0, 0, 0, 2, 8], nil),
            ([1, 0, 0, 0, 0], nil),
            ([], nil), ([0, 0, 0, 0, 1, 8], nil), ([0, 0, 0, 0, 2, 0x12, 9], nil),
        ] as [([UInt8], Int?)]
    )
    func `a health response is read`(body: [UInt8], status: Int?) {
        #expect(GRPCHealth.status(in: body) == status)
    }
}
