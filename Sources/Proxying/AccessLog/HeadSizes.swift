internal import HTTP

extension RequestHead {
    /// The length of all names and values, the pseudo fields of HTTP/2 among them, as Envoy counts a head
    /// of any version.
    var byteCount: Int {
        var count = fields.byteCount + 7 + methodName.count
        if !path.isEmpty { count += 5 + path.count }
        if !authority.isEmpty { count += 10 + authority.count }
        if scheme != .unknown { count += 7 + scheme.name.utf8CodeUnitCount }
        return count
    }
}

extension ResponseHead {
    /// The length of all names and values, the status and the length of the body among them, as Envoy
    /// counts a head of any version.
    var byteCount: Int {
        var count = fields.byteCount + 10
        if case .length(var length) = framing, !fields.contains(.contentLength) {
            count += 14
            repeat {
                count += 1
                length /= 10
            } while length > 0
        }
        return count
    }
}
