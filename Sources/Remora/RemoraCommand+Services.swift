internal import Basics

extension RemoraCommand {
    /// The options of an engine about services.
    static let serviceNetwork = OptionSpec(
        "service-cidr",
        nil,
        .text("NETWORK"),
        help: "where the addresses of services come from",
        byDefault: "a free /20 of 10.128.0.0/10"
    )
    static let serviceNodePorts = OptionSpec(
        "service-node-port-range",
        nil,
        .text("FIRST-LAST"),
        help: "the node's ports that services may have",
        byDefault: "30000-32767"
    )
}
