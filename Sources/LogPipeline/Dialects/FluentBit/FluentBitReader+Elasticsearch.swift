import Basics
import Formats
import Records

extension FluentBitReader {
    /// `es` and `opensearch`.
    func elasticsearch(_ keys: FluentBitKeys) -> SinkKind? {
        let path = keys.text("path") ?? ""
        var request = request(keys, port: 9200, path: path)
        if let property = keys.one("cloud_id") {
            guard let host = Self.cloudHost(property.value) else {
                log.error(property.valuePlace, "the cloud's id cannot be read")
                return nil
            }
            var endpoint = request.endpoints[0]
            endpoint.host = host.name
            endpoint.port = host.port
            endpoint.tls = endpoint.tls ?? ClientTLS()
            request.endpoints = [endpoint]
        }
        request.authentication = authentication(keys)
        if let cloud = keys.one("cloud_auth") {
            let parts = cloud.value.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                request.authentication = .basic(user: parts[0], password: parts[1])
            } else {
                log.error(cloud.valuePlace, "a name and a password with : between are expected")
            }
        }
        if let key = keys.text("http_api_key"), request.authentication == nil {
            request.authentication = .apiKey(key)
        }
        if let aws = signature(keys, service: "es") { request.authentication = aws }
        if keys.choice("compress", ["gzip"]) != nil { request.compression = .gzip }
        readIndex(keys, request)
        var settings = index(keys, request)
        readDocuments(keys, &settings)
        return .elasticsearch(settings)
    }

    private func readIndex(_ keys: FluentBitKeys, _ request: RequestSettings) {
        keys.accepted("buffer_size", "trace_output")
        _ = keys.bool("trace_error")
        keys.unsupported("upstream", instead: "write one output, or name the hosts' service")
        keys.unsupported("host_header")
    }

    private func index(_ keys: FluentBitKeys, _ request: RequestSettings) -> ElasticsearchSettings {
        let isLogstash = keys.bool("logstash_format") ?? false
        let name = keys.text("index") ?? "fluent-bit"
        let prefix = keys.text("logstash_prefix") ?? "logstash"
        let separator = keys.one("logstash_prefix_separator")?.value ?? "-"
        let date = keys.text("logstash_dateformat") ?? "%Y.%m.%d"
        let prefixKey = keys.text("logstash_prefix_key")
        let target = keys.one("target_index")
        var settings = ElasticsearchSettings(
            request: request,
            index: isLogstash ? prefix + separator + date : name
        )
        if isLogstash, let prefixKey {
            settings.prefixKey = prefixKey
            settings.prefixSuffix = separator + date
        }
        if !isLogstash {
            for key in [
                "logstash_prefix", "logstash_prefix_key", "logstash_prefix_separator",
                "logstash_dateformat",
            ] {
                if let property = keys.one(key) {
                    log.warn(
                        property.place,
                        "\"\(property.key)\" has no effect without Logstash_Format On"
                    )
                }
            }
        }
        if let target {
            if target.value.dropFirst().contains("$") || !target.value.hasPrefix("$") {
                settings.index = target.value
                log.warn(
                    target.place,
                    "records without these fields go to an index without them, not to Index"
                )
            } else {
                settings.prefixKey = target.value
                settings.prefixSuffix = ""
            }
        }
        settings.usesCurrentTime = keys.bool("current_time_index") ?? false
        return settings
    }

    private func readDocuments(_ keys: FluentBitKeys, _ settings: inout ElasticsearchSettings) {
        let type = keys.text("type") ?? "_doc"
        settings.type = keys.bool("suppress_type_name") == true ? nil : type
        settings.action =
            keys.choice("write_operation", ["create", "index", "update", "upsert"]) ?? "create"
        settings.pipeline = keys.text("pipeline")
        settings.timeKey = keys.text("time_key") ?? "@timestamp"
        settings.timeKeyFormat = keys.text("time_key_format") ?? settings.timeKeyFormat
        settings.hasNanoseconds = keys.bool("time_key_nanos") ?? false
        let tagKey = keys.text("tag_key") ?? "flb-key"
        settings.tagKey = keys.bool("include_tag_key") == true ? tagKey : nil
        settings.generatesID = keys.bool("generate_id") ?? false
        settings.idKey = keys.text("id_key")
        if settings.idKey != nil { settings.generatesID = false }
        settings.replacesDots = keys.bool("replace_dots") ?? false
        if ["update", "upsert"].contains(settings.action), settings.idKey == nil,
            !settings.generatesID
        {
            log.error(
                keys.one("write_operation")?.place ?? keys.place,
                "Write_Operation \(settings.action) needs Id_Key or Generate_ID"
            )
        }
    }

    /// The host in Elastic's cloud id: `name:base64(host$elasticsearch$kibana)`.
    static func cloudHost(_ text: String) -> (name: String, port: UInt16)? {
        let coded = text.split(separator: ":").last.map(String.init) ?? ""
        guard let bytes = Base64.decode(coded) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "$").map(String.init)
        guard parts.count >= 2 else { return nil }
        let domain = parts[0].split(separator: ":")
        let name = "\(parts[1]).\(domain[0])"
        guard domain.count == 2 else { return (name, 443) }
        return UInt16(domain[1]).map { (name, $0) }
    }
}
