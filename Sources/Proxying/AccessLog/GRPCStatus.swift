import HTTP

/// The names of gRPC's status codes, by number.
enum GRPCStatus {
    /// As access logs write them.
    static let names: [StaticString] = [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound",
        "AlreadyExists", "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted",
        "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ]

    /// In capitals.
    static let snake: [StaticString] = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
        "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ]

    /// The status that a head or trailers carry; `nil` if there is none.
    static func number(in fields: borrowing HeaderBlock) -> Int? {
        guard let index = fields.first(.grpcStatus) else { return nil }
        let value = fields.value(index)
        guard (1...3).contains(value.count) else { return nil }
        var number = 0
        for index in value.indices {
            guard (0x30...0x39).contains(value[index]) else { return nil }
            number = number * 10 + Int(value[index] - 0x30)
        }
        return number
    }

    /// The status that stands for one of HTTP (gRPC's `http-grpc-status-mapping`).
    static func number(forHTTP status: Int) -> Int {
        switch status {
        case 200: 0
        case 400: 13
        case 401: 16
        case 403: 7
        case 404: 12
        case 429, 502, 503, 504: 14
        default: 2
        }
    }
}
