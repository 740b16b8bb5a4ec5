extension FunctionLibrary {
    /// Functions of Vector and of VRL that this program does not have, and why; the compiler names them.
    public static let unsupported: [String: String] = {
        let reasons: [(names: [String], reason: String)] = [
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
            (["parse_etld"], "the list of public suffixes is not part of this program"),
            (["parse_dnstap"], "the format is not supported here"),
            (["encode_lz4", "decode_lz4"], "LZ4 is not part of this program"),
            (
                ["encrypt_ip", "decrypt_ip"],
                "addresses cannot be encrypted here; encrypt their texts instead"
            ),
            (["encode_xml"], "XML is read only"),
            (["match_datadog_query"], "queries of Datadog are not supported here"),
        ]
        var table: [String: String] = [:]
        for (names, reason) in reasons {
            for name in names { table[name] = reason }
        }
        return table
    }()
}
