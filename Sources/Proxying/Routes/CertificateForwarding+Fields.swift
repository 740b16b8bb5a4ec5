internal import Basics
internal import HTTP

extension CertificateForwarding {
    /// Changes `x-forwarded-client-cert` of a request, as Envoy does; `scratch` is empty before and after.
    func apply(
        to fields: inout HeaderBlock,
        _ security: ConnectionSecurity?,
        scratch: inout ByteBuffer
    ) {
        if mode == .alwaysForwardOnly { return }
        guard mode != .sanitize, let security, security.peer != nil else {
            fields.removeAll(.xForwardedClientCert)
            return
        }
        if mode == .forwardOnly { return }
        let element = security.element(details)
        guard mode == .appendForward, var index = fields.first(.xForwardedClientCert) else {
            fields.set(.xForwardedClientCert, value: element.span)
            return
        }
        // Of several fields the last is the one that was written last.
        while let next = fields.first(.xForwardedClientCert, from: index + 1) { index = next }
        scratch.append(fields.value(index))
        scratch.append(",")
        scratch.append(element.span)
        fields.setValue(index, scratch.readable)
        scratch.removeAll()
    }
}
