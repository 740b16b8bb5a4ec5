/// Functions of Vector that this program does not have, and why.
enum UnsupportedFunctions {
    private static let reasons: [(names: Set<String>, reason: String)] = [
        (
            ["get_enrichment_table_record", "find_enrichment_table_records"],
            "enrichment tables are not supported here"
        ),
        (
            ["get_secret", "set_secret", "remove_secret", "set_semantic_meaning"],
            "secrets and meanings of events are Vector's own and not supported here"
        ),
        (
            ["dns_lookup", "reverse_dns", "http_request"],
            "a script may not use the network here"
        ),
        (
            ["get_vector_metric", "find_vector_metrics", "aggregate_vector_metrics"],
            "Vector's own metrics are not there"
        ),
        (
            ["parse_proto", "encode_proto", "validate_json_schema"],
            "files beside the script are not supported here"
        ),
    ]

    /// Why a function is not there; nil for one that Vector does not have either.
    static func reason(_ name: String) -> String? {
        reasons.first { $0.names.contains(name) }?.reason
    }
}
