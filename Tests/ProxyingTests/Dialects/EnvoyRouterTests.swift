import Formats
import Proxying
import Testing

@Suite("Envoy's router") struct EnvoyRouterTests {
    @Test(arguments: [
        ("", "\"http_filters\" is missing"),
        ("- { name: envoy.filters.http.router, typed_config: {} }", "has no typed_config"),
        ("- { name: envoy.router }", "has no typed_config"),
        ("- { name: envoy.router, config: {} }", "\"config\" is of the old API"),
    ])
    func `a router that says too little is taken with a warning`(
        filters: String,
        what: String
    ) throws {
        let result = try Reading.value(EnvoyText.bootstrap(filters: filters), .envoy)
        #expect(result.warnings.count == 1)
        #expect(result.warnings.first?.what.contains(what) == true)
    }
}
