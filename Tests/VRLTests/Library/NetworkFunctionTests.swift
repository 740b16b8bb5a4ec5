import Records
import Testing
import VRL

@Suite struct NetworkFunctionTests {
    private static let syntax = "unable to parse IP address: invalid IP address syntax"
    static let addresses: [Call] = [
        Call("is_ipv4", ["192.168.10.32"], true), Call("is_ipv4", ["::1"], false),
        Call("is_ipv4", ["192.168.10"], false), Call("is_ipv4", ["010.1.1.1"], false),
        Call("is_ipv6", ["::1"], true), Call("is_ipv6", ["fe80::1%eth0"], false),
        Call("is_ipv6", ["1.2.3.4"], false), Call("ip_version", ["1.2.3.4"], "IPv4"),
        Call("ip_version", ["::"], "IPv6"), Call("ip_version", ["x"], nil),
        Call("ip_aton", ["1.2.3.4"], 16_909_060),
        .fails(
            "ip_aton",
            ["i am not an ipaddress"],
            "unable to parse IPv4 address: invalid IPv4 address syntax"
        ),
        Call("ip_ntoa", [16_909_060], "1.2.3.4"),
        .fails("ip_ntoa", [42_949_672_960], "cannot convert to bytes: integer does not fit in u32"),
        Call("ip_ntop", [.base64("wKgAAQ==")], "192.168.0.1"),
        Call("ip_ntop", [.base64("IAENuIWjAAAAAIouA3BzNA==")], "2001:db8:85a3::8a2e:370:7334"),
        .fails(
            "ip_ntop",
            ["abc"],
            "IPv4 or IPv6 addresses are expected to be of length 4 or 16 bytes, got 3"
        ),
        Call("ip_pton", ["192.168.0.1"], .base64("wKgAAQ==")), .fails("ip_pton", ["x"], syntax),
        Call("ip_to_ipv6", ["192.168.0.1"], "::ffff:192.168.0.1"),
        Call("ip_to_ipv6", ["2404:6800:4003:c02::64"], "2404:6800:4003:c02::64"),
        .fails("ip_to_ipv6", ["i am not an ipaddress"], syntax),
        Call("ipv6_to_ipv4", ["::ffff:192.168.0.1"], "192.168.0.1"),
        Call("ipv6_to_ipv4", ["192.168.0.1"], "192.168.0.1"),
        .fails(
            "ipv6_to_ipv4",
            ["2404:6800:4003:c02::64"],
            "IPV6 address 2404:6800:4003:c02::64 is not compatible with IPV4"
        ),
        Call("ip_to_ipv6", ["1:0:0:2:0:0:0:3"], "1:0:0:2::3"), Call("ip_to_ipv6", ["0:0::"], "::"),
        Call("ip_to_ipv6", ["1:0:2:3:4:5:6:7"], "1:0:2:3:4:5:6:7"),
    ]

    @Test(arguments: addresses)
    func `addresses take other forms`(call: Call) throws {
        try call.check()
    }

    static let networks: [Call] = [
        Call("ip_subnet", ["192.168.10.23", "255.255.0.0"], "192.168.0.0"),
        Call("ip_subnet", ["2404:6800:4003:c02::64", "ff00::"], "2400::"),
        Call("ip_subnet", ["192.168.10.23", "/16"], "192.168.0.0"),
        Call("ip_subnet", ["192.168.10.23", "/12"], "192.160.0.0"),
        Call("ip_subnet", ["192.168.10.23", "/0"], "0.0.0.0"),
        Call("ip_subnet", ["2404:6800:4003:c02::64", "/32"], "2404:6800::"),
        .fails(
            "ip_subnet",
            ["1.2.3.4", "/33"],
            "subnet cannot be greater than 32 for ipv4 addresses"
        ),
        .fails("ip_subnet", ["1.2.3.4", "/x"], "/x is not a valid subnet"),
        .fails(
            "ip_subnet",
            ["1.2.3.4", "::"],
            "attempting to mask an ipv4 address with an ipv6 mask"
        ),
        Call("ip_cidr_contains", ["192.168.0.0/16", "192.168.10.32"], true),
        Call("ip_cidr_contains", ["192.168.0.0/24", "192.168.10.32"], false),
        Call("ip_cidr_contains", ["2001:4f8:3:ba::/64", "2001:4f8:3:ba:2e0:81ff:fe22:d1f1"], true),
        Call(
            "ip_cidr_contains",
            ["2001:4f8:4:ba::/64", "2001:4f8:3:ba:2e0:81ff:fe22:d1f1"],
            false
        ),
        Call("ip_cidr_contains", [["10.0.0.0/8", "192.168.0.0/16"], "192.168.10.32"], true),
        .fails(
            "ip_cidr_contains",
            ["INVALID", "192.168.10.32"],
            "unable to parse CIDR: couldn't parse address in network: invalid IP address syntax"
        ),
        .fails("ip_cidr_contains", ["192.168.0.0/24", "INVALID"], syntax),
        .fails(
            "ip_cidr_contains",
            ["192.168.0.1/24", "1.1.1.1"],
            "unable to parse CIDR: host part of address was not zero"
        ),
    ]

    @Test(arguments: networks)
    func `addresses belong to networks`(call: Call) throws {
        try call.check()
    }

    static let communities: [Call] = [
        Call(
            "community_id",
            ["1.2.3.4", "5.6.7.8", 6, 1122, 3344],
            "1:wCb3OG7yAFWelaUydu0D+125CLM="
        ),
        Call(
            "community_id",
            ["5.6.7.8", "1.2.3.4", 6, 3344, 1122],
            "1:wCb3OG7yAFWelaUydu0D+125CLM="
        ),
        Call(
            "community_id",
            ["1.2.3.4", "5.6.7.8", 17, 1122, 3344],
            "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg="
        ),
        Call("community_id", ["1.2.3.4", "5.6.7.8", 1, 8, 0], "1:crodRHL2FEsHjbv3UkRrfbs4bZ0="),
        Call("community_id", ["1.2.3.4", "5.6.7.8", 46], "1:ikv3kmf89luf73WPz1jOs49S768="),
        Call("community_id", ["5.6.7.8", "1.2.3.4", 46], "1:ikv3kmf89luf73WPz1jOs49S768="),
        Call(
            "community_id",
            ["5.6.7.8", "1.2.3.4", 6, 3344, 1122, 1],
            "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk="
        ),
        .fails(
            "community_id",
            ["1.2.3.4", "5.6.7.8", 6],
            "src port and dst port should be set when protocol is icmp/icmp6/tcp/udp/sctp"
        ),
        .fails(
            "community_id",
            ["1.2.3.4", "5.6.7.8", 600],
            "protocol must be between 0 and 255: out of range integral type conversion attempted"
        ),
    ]

    @Test(arguments: communities)
    func `flows have names that many tools share`(call: Call) throws {
        try call.check()
    }
}
