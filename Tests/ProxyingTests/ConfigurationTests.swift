import Proxying
import Testing

@Suite struct ConfigurationTests {
    @Test(arguments: [
        (HostPort(host: "10.0.0.1", port: 80), "10.0.0.1:80"),
        (HostPort(host: "::1", port: 443), "[::1]:443"),
        (HostPort(host: "db", port: 5432), "db:5432"),
        (HostPort(host: "/run/app.sock"), "/run/app.sock"),
    ])
    func `an endpoint is written as people write it`(endpoint: HostPort, text: String) {
        #expect(endpoint.description == text)
    }
}
