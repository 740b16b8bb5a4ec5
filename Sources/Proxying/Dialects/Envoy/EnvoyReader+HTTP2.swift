import Basics
import Formats

/// Options of HTTP/2, which clients and hosts have alike.
extension EnvoyReader {
    /// Reads `Http2ProtocolOptions`.
    func http2(_ fields: Fields) -> HTTP2Settings {
        defer { fields.finish() }
        let window = 65535...2_147_483_647
        let settings = HTTP2Settings(
            streamsMaximum: fields.integer("max_concurrent_streams", 1...2_147_483_647),
            streamWindow: fields.integer("initial_stream_window_size", window),
            connectionWindow: fields.integer("initial_connection_window_size", window),
            pings: fields.fields("connection_keepalive").flatMap(pings)
        )
        fields.ignored(
            "hpack_table_size",
            "allow_connect",
            "allow_metadata",
            "max_outbound_frames",
            "max_outbound_control_frames",
            "max_consecutive_inbound_frames_with_empty_payload",
            "max_inbound_priority_frames_per_stream",
            "max_inbound_window_update_frames_per_data_frame_sent",
            "stream_error_on_invalid_http_messaging",
            "override_stream_error_on_invalid_http_message",
            "use_oghttp2_codec",
            "max_metadata_size",
            "custom_settings_parameters",
            "enable_huffman_encoding",
            because: "tables and limits of frames are chosen by the proxy"
        )
        return settings
    }

    private func pings(_ fields: Fields) -> PingSettings? {
        defer { fields.finish() }
        let timeout = fields.required("timeout")?.duration()
        var settings = PingSettings(
            interval: fields.duration("interval"),
            timeout: timeout ?? .seconds(1),
            idleInterval: fields.duration("connection_idle_interval")
        )
        if let jitter = fields.fields("interval_jitter") {
            let percent = jitter.number("value") ?? 0
            if !(0...100).contains(percent) {
                log.error(jitter.place("value"), "it must be 0 to 100")
            }
            settings.jitterPercent = percent
            jitter.finish()
        }
        for (key, value) in [
            ("interval", settings.interval), ("timeout", timeout),
            ("connection_idle_interval", settings.idleInterval),
        ] {
            if let value, value < .milliseconds(1) {
                log.error(fields.place(key), "it must be 1 ms or more")
            }
        }
        return timeout == nil ? nil : settings
    }
}
