import Basics
import HTTP

extension Exchange {
    /// Leaves an upgrade to the host only where the settings name its protocol.
    ///
    /// Elsewhere the request is one like others: a host that changes to a protocol which nobody here
    /// knows of could be told anything after it.
    func limitUpgrade() {
        guard request.upgrade != .none else { return }
        let named = route?.settings.upgrades ?? service?.settings.upgrades ?? []
        if request.upgrade == .webSocket, named.contains("websocket") { return }
        if let index = request.fields.first(.upgrade) {
            let asked = String(decoding: Array(copying: request.fields.value(index)), as: UTF8.self)
            if named.contains(asked.lowercased()) { return }
        }
        request.upgrade = .none
    }
}
