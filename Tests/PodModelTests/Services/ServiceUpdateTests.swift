import Formats
import PodModel
import Testing

@Suite("What a service keeps") struct ServiceUpdateTests {
    static let old: JSON = [
        "spec": [
            "type": "NodePort", "clusterIP": "10.1.0.5", "clusterIPs": ["10.1.0.5"],
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "externalTrafficPolicy": "Cluster",
            "internalTrafficPolicy": "Cluster",
            "ports": [
                ["name": "a", "port": 80, "nodePort": 30001],
                ["name": "b", "port": 81, "nodePort": 30002],
            ],
        ]
    ]

    private func carried(_ spec: JSON, from old: JSON = old) -> JSON {
        var service: JSON = ["spec": spec]
        ServiceUpdate.carry(&service, from: old)
        return service["spec"] ?? [:]
    }

    @Test func `addresses and node ports stay, by the names of ports`() {
        let spec = carried([
            "type": "NodePort",
            "ports": [
                ["name": "b", "port": 8081], ["name": "c", "port": 82], ["name": "a", "port": 80],
            ],
        ])
        #expect(spec["clusterIP"] == "10.1.0.5" && spec["clusterIPs"] == ["10.1.0.5"])
        #expect(spec["ports"]?.array?.map { $0["nodePort"]?.int } == [30002, nil, 30001])
    }

    @Test func `a port that another one asks for is not given twice`() {
        let spec = carried([
            "type": "NodePort",
            "ports": [["name": "a", "port": 80], ["name": "z", "port": 90, "nodePort": 30001]],
        ])
        #expect(spec["ports"]?.array?.map { $0["nodePort"]?.int } == [nil, 30001])
    }

    @Test func `node ports go with the type`() {
        var spec = Self.old["spec"] ?? [:]
        spec["type"] = "ClusterIP"
        let plain = carried(spec)
        #expect(plain["ports"]?.array?.allSatisfy { $0["nodePort"] == nil } == true)
        #expect(plain["externalTrafficPolicy"] == nil && plain["clusterIP"] == "10.1.0.5")
    }

    @Test func `an external name has no address, and an address no external name`() {
        var spec = Self.old["spec"] ?? [:]
        spec["type"] = "ExternalName"
        spec["externalName"] = "example.com"
        let external = carried(spec)
        for field in [
            "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy",
        ] {
            #expect(external[field] == nil, "\(field)")
        }
        let back = carried(
            ["type": "ClusterIP", "externalName": "example.com", "ports": [["port": 80]]],
            from: ["spec": external]
        )
        #expect(back["externalName"] == nil && back["clusterIP"] == nil)
    }

    @Test func `one of both forms of the address is enough`() {
        let single = carried(
            ["clusterIP": "10.1.0.9", "ports": [["port": 80]]],
            from: ["spec": [:]]
        )
        #expect(single["clusterIPs"] == ["10.1.0.9"])
        let list = carried(
            ["clusterIPs": ["10.1.0.9"], "ports": [["port": 80]]],
            from: ["spec": [:]]
        )
        #expect(list["clusterIP"] == "10.1.0.9")
    }
}
