/// The directives that are known, where they may stand, and why some have no effect.
enum NginxWords {
    /// Where a directive may stand.
    struct Contexts: OptionSet {
        let rawValue: Int
        static let main = Self(rawValue: 1)
        static let events = Self(rawValue: 2)
        static let http = Self(rawValue: 4)
        static let server = Self(rawValue: 8)
        static let location = Self(rawValue: 16)
        static let condition = Self(rawValue: 32)
        static let upstream = Self(rawValue: 64)
        static let stream = Self(rawValue: 128)
        static let streamServer = Self(rawValue: 256)
        static let streamUpstream = Self(rawValue: 512)
        static let settings: Self = [.http, .server, .location]
        static let everyLevel: Self = [.http, .server, .location, .condition]
        static let streams: Self = [.stream, .streamServer]

        var name: String {
            switch self {
            case .main: "the top of the file"
            case .events: "events"
            case .http: "http"
            case .server: "server"
            case .location: "location"
            case .condition: "if"
            case .upstream, .streamUpstream: "upstream"
            case .stream: "stream"
            case .streamServer: "a server of stream"
            default: "this block"
            }
        }
    }

    /// What is done with a directive.
    enum Treatment {
        /// It is read.
        case read(Contexts)
        /// It has no effect, for a reason.
        case ignored(String)
        /// This proxy does what one value says, and does not have the others; what to do instead.
        case only(String, String)
        /// This proxy does not have it; what to do instead.
        case unsupported(String)
    }

    static let files = "files are not served"
    private static let process = "workers and files of the process are the companion's own"
    private static let sockets = "the socket's options are chosen by the proxy"
    private static let buffers = "buffers are chosen by the proxy"
    private static let gzip = "answers are sent as the application made them"
    private static let log = "the companion's own log goes to standard error"
    private static let sessions = "sessions are resumed by tickets"

    static let all: [String: Treatment] = {
        var all: [String: Treatment] = [:]
        func read(_ contexts: Contexts, _ names: String) {
            for name in names.split(separator: " ") { all[String(name)] = .read(contexts) }
        }
        func ignored(_ reason: String, _ names: String) {
            for name in names.split(separator: " ") { all[String(name)] = .ignored(reason) }
        }
        func unsupported(_ remedy: String, _ names: String) {
            for name in names.split(separator: " ") { all[String(name)] = .unsupported(remedy) }
        }
        read([.main], "events http stream")
        read(
            [.main, .http, .server, .location, .events, .stream, .streamServer, .upstream],
            "include"
        )
        read([.http, .stream, .main], "server upstream map")
        read([.http, .stream], "upstream map")
        read([.http], "log_format limit_req_zone limit_conn_zone")
        read([.server, .location], "location")
        read([.server, .location], "if")
        read([.server, .location, .condition], "rewrite return set")
        read([.server, .streamServer], "listen server_name")
        read(.everyLevel, "access_log add_header limit_req limit_req_status")
        read(.settings, "limit_conn limit_conn_status")
        read(
            .settings,
            """
            proxy_set_header proxy_connect_timeout proxy_read_timeout proxy_send_timeout \
            proxy_http_version proxy_next_upstream proxy_next_upstream_tries \
            proxy_next_upstream_timeout proxy_hide_header proxy_pass_header proxy_redirect \
            proxy_ssl_server_name proxy_ssl_name proxy_ssl_verify proxy_ssl_trusted_certificate \
            proxy_ssl_certificate proxy_ssl_certificate_key proxy_ssl_protocols proxy_ssl_ciphers \
            grpc_set_header grpc_read_timeout grpc_connect_timeout grpc_send_timeout grpc_hide_header \
            allow deny auth_basic auth_basic_user_file auth_request auth_request_set satisfy \
            client_max_body_size proxy_pass_request_body \
            keepalive_timeout keepalive_requests default_type resolver error_page log_not_found \
            client_body_timeout proxy_request_buffering grpc_ssl_server_name grpc_ssl_name \
            grpc_ssl_verify grpc_ssl_trusted_certificate
            """
        )
        read([.location, .condition], "proxy_pass grpc_pass")
        read([.server, .location], "stub_status")
        read(
            [.http, .server],
            """
            ssl_certificate ssl_certificate_key ssl_protocols ssl_ciphers ssl_ecdh_curve \
            ssl_client_certificate ssl_trusted_certificate ssl_verify_client ssl_session_timeout \
            ssl_stapling ssl_stapling_file client_header_timeout large_client_header_buffers http2 http2_max_concurrent_streams \
            merge_slashes server_tokens ssl
            """
        )
        read([.http, .server, .location], "root alias index try_files autoindex internal")
        read(
            [.upstream],
            """
            least_conn ip_hash hash random keepalive keepalive_requests keepalive_timeout
            """
        )
        all["keepalive_requests"] = .read([.http, .server, .location, .upstream])
        all["keepalive_timeout"] = .read([.http, .server, .location, .upstream])
        all["server"] = .read([.http, .stream, .upstream, .streamUpstream])
        all["least_conn"] = .read([.upstream, .streamUpstream])
        all["hash"] = .read([.upstream, .streamUpstream])
        all["random"] = .read([.upstream, .streamUpstream])
        both(&all)
        ignored(
            process,
            """
            user worker_processes worker_rlimit_nofile worker_cpu_affinity worker_priority pid daemon \
            master_process load_module pcre_jit thread_pool timer_resolution working_directory env \
            lock_file worker_shutdown_timeout worker_rlimit_core debug_connection
            """
        )
        ignored(
            "every worker waits for all its connections with epoll",
            "worker_connections multi_accept use accept_mutex accept_mutex_delay worker_aio_requests"
        )
        ignored(log, "error_log log_subrequest open_log_file_cache")
        ignored(
            files,
            """
            sendfile sendfile_max_chunk tcp_nopush aio directio open_file_cache open_file_cache_valid \
            open_file_cache_min_uses open_file_cache_errors types etag if_modified_since \
            types_hash_max_size types_hash_bucket_size charset charset_types source_charset \
            output_buffers autoindex_exact_size autoindex_localtime disable_symlinks add_after_body \
            max_ranges read_ahead gzip_static brotli_static
            """
        )
        ignored(
            sockets,
            """
            tcp_nodelay send_lowat postpone_output reset_timedout_connection lingering_close \
            lingering_time lingering_timeout proxy_socket_keepalive so_keepalive send_timeout \
            client_body_in_single_buffer
            """
        )
        ignored(
            buffers,
            """
            proxy_buffering proxy_buffer_size proxy_buffers proxy_busy_buffers_size \
            proxy_max_temp_file_size proxy_temp_file_write_size proxy_temp_path client_body_buffer_size \
            client_header_buffer_size client_body_temp_path client_body_in_file_only \
            connection_pool_size request_pool_size output_buffers subrequest_output_buffer_size \
            variables_hash_max_size variables_hash_bucket_size server_names_hash_max_size \
            server_names_hash_bucket_size map_hash_max_size map_hash_bucket_size \
            proxy_headers_hash_max_size proxy_headers_hash_bucket_size preread_buffer_size \
            fastcgi_temp_path uwsgi_temp_path scgi_temp_path grpc_buffer_size proxy_limit_rate \
            http2_max_field_size http2_max_header_size http2_chunk_size http2_body_preread_size \
            http2_recv_buffer_size http2_max_requests http2_idle_timeout http2_recv_timeout
            """
        )
        ignored(
            gzip,
            """
            gzip gzip_types gzip_min_length gzip_comp_level gzip_vary gzip_proxied gzip_disable \
            gzip_buffers gzip_http_version gunzip brotli brotli_types brotli_comp_level \
            brotli_min_length
            """
        )
        ignored(
            sessions,
            """
            ssl_session_cache ssl_session_tickets ssl_session_ticket_key \
            ssl_dhparam ssl_buffer_size ssl_verify_depth ssl_conf_command ssl_early_data \
            ssl_handshake_timeout proxy_ssl_session_reuse proxy_ssl_verify_depth
            """
        )
        ignored("the server's order of ciphers counts always", "ssl_prefer_server_ciphers")
        ignored("a response is checked always", "ssl_stapling_verify")
        ignored("responses are not fetched", "ssl_stapling_responder")
        ignored(
            "requests are always passed on as they are",
            """
            proxy_ignore_client_abort proxy_ignore_headers ignore_invalid_headers chunked_transfer_encoding \
            recursive_error_pages server_name_in_redirect port_in_redirect \
            absolute_redirect msie_padding msie_refresh keepalive_disable resolver_timeout \
            proxy_force_ranges proxy_bind proxy_headers_hash limit_req_log_level keepalive_time \
            http2_push_preload http2_push preread_timeout uninitialized_variable_warn rewrite_log \
            allow_underscores proxy_allow_upstream
            """
        )
        all["proxy_pass_request_headers"] = .only("on", "requests are passed on as they came")
        all["ssl_reject_handshake"] = .only("off", "give the server a certificate and return 444")
        unsupported("requests are passed on as they came", "proxy_method")
        ignored("all workers have the same state of hosts", "zone")
        ignored("answers are not kept, so each request goes to the application", cacheWords)
        read(.everyLevel, "expires")
        read(.settings, "mirror proxy_intercept_errors proxy_cookie_path proxy_cookie_domain")
        read([.location], "limit_except")
        read([.http, .server], "underscores_in_headers")
        read(.settings, "set_real_ip_from real_ip_header real_ip_recursive")
        ignored("copies have the bodies of their requests", "mirror_request_body")
        ignored(files, "aio_write")
        unsupported(
            "use limit_req",
            "limit_rate limit_rate_after"
        )
        unsupported(
            "use auth_basic or auth_request, or JSON web tokens in our own language",
            "auth_jwt auth_jwt_key_file"
        )
        unsupported(
            "write the addresses with allow and deny",
            "geo geoip_country geoip_city geoip2 split_clients"
        )
        unsupported("use a proxy_pass to a program that speaks HTTP", programWords)
        unsupported(
            "change the text in the application",
            "sub_filter sub_filter_once sub_filter_types ssi image_filter addition_types"
        )
        unsupported(
            "",
            "proxy_responses proxy_download_rate proxy_upload_rate slice secure_link secure_link_md5 dav_methods mail proxy_cookie_flags proxy_set_body random_index userid perl js_include js_import js_content lua_package_path content_by_lua_block access_by_lua_block ssl_crl ssl_password_file ssl_ocsp sticky queue ntlm slow_start health_check status_zone api break proxy_store quic http3 proxy_protocol_timeout"
        )
        return all
    }()

    private static let cacheWords =
        "proxy_cache proxy_cache_path proxy_cache_valid proxy_cache_key proxy_cache_use_stale "
        + "proxy_cache_bypass proxy_no_cache proxy_cache_lock proxy_cache_methods "
        + "proxy_cache_min_uses proxy_cache_revalidate proxy_cache_background_update "
        + "proxy_cache_lock_timeout proxy_cache_lock_age proxy_cache_purge "
        + "proxy_cache_convert_head proxy_cache_max_range_offset"

    private static let programWords =
        "fastcgi_pass fastcgi_param fastcgi_index fastcgi_split_path_info fastcgi_read_timeout "
        + "fastcgi_buffers fastcgi_buffer_size uwsgi_pass uwsgi_param scgi_pass scgi_param "
        + "memcached_pass"

    /// Words of `stream` that `http` has too, or not.
    private static func both(_ all: inout [String: Treatment]) {
        let streams: [(String, Contexts)] = [
            ("proxy_pass", [.location, .condition, .streamServer]),
            ("proxy_timeout", .streams), ("ssl_preread", .streams), ("proxy_protocol", .streams),
            ("proxy_ssl", .streams),
            ("proxy_connect_timeout", [.http, .server, .location, .stream, .streamServer]),
            ("proxy_next_upstream", [.http, .server, .location, .stream, .streamServer]),
            ("proxy_next_upstream_tries", [.http, .server, .location, .stream, .streamServer]),
            ("allow", [.http, .server, .location, .stream, .streamServer]),
            ("deny", [.http, .server, .location, .stream, .streamServer]),
            ("access_log", [.http, .server, .location, .condition, .stream, .streamServer]),
            ("log_format", [.http, .stream]), ("server_name", [.server]),
            ("resolver", [.http, .server, .location, .stream, .streamServer]),
        ]
        for (name, contexts) in streams { all[name] = .read(contexts) }
        for name in [
            "ssl_certificate", "ssl_certificate_key", "ssl_protocols", "ssl_ciphers",
            "ssl_ecdh_curve", "ssl_client_certificate", "ssl_trusted_certificate",
            "ssl_verify_client", "ssl_session_timeout", "ssl_stapling", "ssl_stapling_file",
        ] { all[name] = .read([.http, .server, .stream, .streamServer]) }
        for name in [
            "proxy_ssl_server_name", "proxy_ssl_name", "proxy_ssl_verify",
            "proxy_ssl_trusted_certificate", "proxy_ssl_certificate", "proxy_ssl_certificate_key",
            "proxy_ssl_protocols", "proxy_ssl_ciphers",
        ] { all[name] = .read([.http, .server, .location, .stream, .streamServer]) }
    }

    /// Directives that have a block.
    static let blocks: Set<String> = [
        "events", "http", "stream", "upstream", "map", "location", "if",
        "limit_except",
    ]

    /// Directives that have exactly one value.
    static let single: Set<String> = [
        "proxy_pass", "grpc_pass", "proxy_connect_timeout", "proxy_read_timeout",
        "proxy_send_timeout", "proxy_http_version", "proxy_next_upstream_tries",
        "proxy_next_upstream_timeout", "proxy_hide_header", "proxy_ssl_server_name",
        "proxy_ssl_name", "proxy_ssl_verify", "client_max_body_size", "auth_basic",
        "auth_basic_user_file", "auth_request", "proxy_pass_request_body", "ssl_certificate",
        "ssl_certificate_key", "ssl_ciphers",
        "ssl_client_certificate", "ssl_verify_client", "ssl_session_timeout",
        "ssl_stapling_file", "client_header_timeout", "client_body_timeout", "http2",
        "merge_slashes",
        "default_type", "proxy_timeout", "ssl_preread", "proxy_protocol", "proxy_ssl",
        "limit_req_status", "limit_conn_status", "satisfy", "keepalive", "keepalive_requests",
    ]

    /// Directives that may stand several times at one level.
    static let repeated: Set<String> = [
        "server", "upstream", "map", "location", "if", "listen", "include", "proxy_set_header",
        "add_header", "allow", "deny", "access_log", "log_format", "limit_req_zone", "limit_req",
        "limit_conn_zone", "limit_conn",
        "rewrite", "set", "return", "error_page", "proxy_hide_header", "proxy_pass_header",
        "ssl_certificate", "ssl_certificate_key", "proxy_redirect", "grpc_set_header",
        "grpc_hide_header", "root", "index", "server_name", "mirror", "set_real_ip_from",
        "proxy_cookie_path", "proxy_cookie_domain", "auth_request_set",
    ]
}
