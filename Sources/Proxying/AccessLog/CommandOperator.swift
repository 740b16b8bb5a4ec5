/// What stands in the place of a command of Envoy's access logs.
enum CommandOperator: UInt8 {
    case literal
    case startTime
    case request
    case response
    case trailer
    /// A field of what a service answered that was asked whether the request may pass.
    case authorization
    case environment
    case protocolName
    case upstreamProtocol
    case responseCode
    case responseCodeDetails
    case responseFlags
    case responseFlagsLong
    case bytesReceived
    case bytesSent
    case requestHeadBytes
    case responseHeadBytes
    case duration
    case durationSeconds
    case requestDuration
    case responseDuration
    case responseTransmitDuration
    case upstreamAttempts
    case upstreamHost
    case upstreamHostAddress
    case upstreamHostPort
    case upstreamCluster
    case upstreamLocal
    case upstreamLocalAddress
    case upstreamLocalPort
    case upstreamFailure
    case downstreamRemote
    case downstreamRemoteAddress
    case downstreamRemotePort
    case downstreamDirect
    case downstreamDirectAddress
    case downstreamDirectPort
    case downstreamLocal
    case downstreamLocalAddress
    case downstreamLocalPort
    case serverName
    case security
    case peerStart
    case peerEnd
    case routeName
    case virtualHost
    case connectionID
    case grpcStatus
    case grpcStatusNumber
    case userName
    case localReply
    case traceID
    case scheme
    /// The host that was asked for, in lower case and without a port (nginx's `$host`).
    case requestHost
    /// The path that was asked for without its query, and the query without its mark.
    case requestPath
    case requestQuery
    /// The addresses of `x-forwarded-for`, of all its lines, and the client's behind them.
    case forwardedChain
    /// Known to Envoy, never known here.
    case unknown

    /// The command's words.
    static let names = others.merging(SecurityFact.commands.mapValues { _ in .security }) { $1 }

    private static let others: [String: Self] = [
        "START_TIME": .startTime, "REQ": .request, "RESP": .response, "TRAILER": .trailer,
        "AUTHORIZATION": .authorization, "REQUEST_HEADER": .request, "RESPONSE_HEADER": .response,
        "RESPONSE_TRAILER": .trailer,
        "ENVIRONMENT": .environment, "PROTOCOL": .protocolName,
        "UPSTREAM_PROTOCOL": .upstreamProtocol, "RESPONSE_CODE": .responseCode,
        "RESPONSE_CODE_DETAILS": .responseCodeDetails, "RESPONSE_FLAGS": .responseFlags,
        "RESPONSE_FLAGS_LONG": .responseFlagsLong, "BYTES_RECEIVED": .bytesReceived,
        "BYTES_SENT": .bytesSent, "REQUEST_HEADERS_BYTES": .requestHeadBytes,
        "RESPONSE_HEADERS_BYTES": .responseHeadBytes, "DURATION": .duration,
        "DURATION_SECONDS": .durationSeconds, "REQUEST_DURATION": .requestDuration,
        "RESPONSE_DURATION": .responseDuration,
        "RESPONSE_TX_DURATION": .responseTransmitDuration,
        "UPSTREAM_REQUEST_ATTEMPT_COUNT": .upstreamAttempts, "UPSTREAM_HOST": .upstreamHost,
        "UPSTREAM_REMOTE_ADDRESS": .upstreamHost,
        "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": .upstreamHostAddress,
        "UPSTREAM_REMOTE_PORT": .upstreamHostPort, "UPSTREAM_CLUSTER": .upstreamCluster,
        "UPSTREAM_CLUSTER_RAW": .upstreamCluster, "UPSTREAM_LOCAL_ADDRESS": .upstreamLocal,
        "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": .upstreamLocalAddress,
        "UPSTREAM_LOCAL_PORT": .upstreamLocalPort,
        "UPSTREAM_TRANSPORT_FAILURE_REASON": .upstreamFailure,
        "DOWNSTREAM_REMOTE_ADDRESS": .downstreamRemote,
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": .downstreamRemoteAddress,
        "DOWNSTREAM_REMOTE_PORT": .downstreamRemotePort,
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS": .downstreamDirect,
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": .downstreamDirectAddress,
        "DOWNSTREAM_DIRECT_REMOTE_PORT": .downstreamDirectPort,
        "DOWNSTREAM_LOCAL_ADDRESS": .downstreamLocal,
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": .downstreamLocalAddress,
        "DOWNSTREAM_LOCAL_PORT": .downstreamLocalPort, "REQUESTED_SERVER_NAME": .serverName,
        "DOWNSTREAM_PEER_CERT_V_START": .peerStart, "DOWNSTREAM_PEER_CERT_V_END": .peerEnd,
        "ROUTE_NAME": .routeName, "VIRTUAL_HOST_NAME": .virtualHost,
        "CONNECTION_ID": .connectionID,
        "GRPC_STATUS": .grpcStatus, "GRPC_STATUS_NUMBER": .grpcStatusNumber,
        "AUTHENTICATED_NAME": .userName, "TRACE_ID": .traceID, "SCHEME": .scheme,
        "REQUEST_HOST": .requestHost,
        "REQUEST_PATH": .requestPath, "REQUEST_QUERY": .requestQuery,
        "FORWARDED_CHAIN": .forwardedChain, "HOSTNAME": .literal, "DYNAMIC_METADATA": .unknown,
        "CLUSTER_METADATA": .unknown,
        "UPSTREAM_METADATA": .unknown, "METADATA": .unknown, "FILTER_STATE": .unknown,
        "UPSTREAM_FILTER_STATE": .unknown, "VIRTUAL_CLUSTER_NAME": .unknown,
        "UPSTREAM_TLS_VERSION": .unknown, "UPSTREAM_TLS_CIPHER": .unknown,
        "UPSTREAM_TLS_SESSION_ID": .unknown, "UPSTREAM_PEER_SUBJECT": .unknown,
        "UPSTREAM_PEER_ISSUER": .unknown, "UPSTREAM_PEER_CERT": .unknown,
        "UPSTREAM_CONNECTION_ID": .unknown,
        "DOWNSTREAM_TRANSPORT_FAILURE_REASON": .unknown,
        "CONNECTION_TERMINATION_DETAILS": .unknown, "FILTER_CHAIN_NAME": .unknown,
        "UPSTREAM_WIRE_BYTES_SENT": .unknown, "UPSTREAM_WIRE_BYTES_RECEIVED": .unknown,
        "UPSTREAM_HEADER_BYTES_SENT": .unknown, "UPSTREAM_HEADER_BYTES_RECEIVED": .unknown,
        "DOWNSTREAM_WIRE_BYTES_SENT": .unknown, "DOWNSTREAM_WIRE_BYTES_RECEIVED": .unknown,
        "DOWNSTREAM_HEADER_BYTES_SENT": .unknown, "DOWNSTREAM_HEADER_BYTES_RECEIVED": .unknown,
        "RESPONSE_TRAILERS_BYTES": .unknown, "STREAM_ID": .unknown, "UNIQUE_ID": .unknown,
        "ACCESS_LOG_TYPE": .unknown, "UPSTREAM_HOST_NAME": .upstreamHost,
        "LOCAL_REPLY_BODY": .localReply, "EMIT_TIME": .unknown, "COMMON_DURATION": .unknown,
        "UPSTREAM_CONNECTION_POOL_READY_DURATION": .unknown, "CEL": .unknown,
    ]

    /// Whether the value is a number, which JSON writes without quotes.
    var isNumber: Bool {
        switch self {
        case .responseCode, .bytesReceived, .bytesSent, .requestHeadBytes, .responseHeadBytes,
            .duration, .durationSeconds, .requestDuration, .responseDuration,
            .responseTransmitDuration, .upstreamAttempts, .connectionID, .grpcStatusNumber,
            .upstreamHostPort, .upstreamLocalPort, .downstreamRemotePort, .downstreamDirectPort,
            .downstreamLocalPort:
            true
        default: false
        }
    }
}
