internal import Basics
internal import Reactor
internal import Records
internal import System

/// Adds what is known of the pod: names from the file's name in the tag, the rest from the downward API.
///
/// The fields are those of Fluent Bit's `kubernetes` filter. Variables: `POD_NAME`, `POD_NAMESPACE`, `POD_UID`,
/// `POD_IP`, `NODE_NAME`, `CONTAINER_NAME`; a downward-API volume has files `labels` and `annotations` with
/// lines `name="value"`. Nothing is asked of an API server.
@MainLoop final class PodStage: Stage {
    private let settings: PodTransform
    /// What the environment and the volume say.
    private let own: Fields
    private var byTag: [ObjectIdentifier: (tag: Tag, fields: Fields)] = [:]

    /// Looks at the surroundings once.
    ///
    /// - Parameters:
    ///   - settings: What is added.
    ///   - environment: A variable of the environment.
    ///   - read: The text of a file; nil if there is none.
    init(
        _ settings: PodTransform,
        environment: (String) -> String?,
        read: (String) -> String?
    ) {
        self.settings = settings
        var own = Fields()
        let variables = [
            ("pod_name", ["POD_NAME", "K8S_POD_NAME", "HOSTNAME"]),
            ("namespace_name", ["POD_NAMESPACE", "K8S_POD_NAMESPACE", "NAMESPACE"]),
            ("pod_id", ["POD_UID"]), ("pod_ip", ["POD_IP"]),
            ("host", ["NODE_NAME", "K8S_NODE_NAME"]), ("container_name", ["CONTAINER_NAME"]),
        ]
        for (field, names) in variables {
            guard let text = names.lazy.compactMap(environment).first(where: { !$0.isEmpty })
            else { continue }
            own.append(field, .text(text))
        }
        if let directory = settings.directory {
            for (field, isWanted) in [
                ("labels", settings.hasLabels), ("annotations", settings.hasAnnotations),
            ] where isWanted {
                guard let text = read(directory + "/" + field) else { continue }
                let pairs = Self.pairs(text)
                if !pairs.isEmpty { own.append(field, .object(pairs)) }
            }
        }
        self.own = own
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            if settings.mergesLog { merge(&event) }
            let known = fields(of: event.tag)
            if !known.isEmpty { event.fields.update(settings.key, .object(known)) }
            outlet.pass(event)
        }
    }

    private func merge(_ event: inout Event) {
        guard case .bytes(let text)? = event.fields["log"],
            case .object(let inner)? = try? JSONReader.value(text.span, repair: .keep)
        else { return }
        if !settings.keepsLog { event.fields.removeValue(forKey: "log") }
        if let key = settings.mergeLogKey {
            event.fields.update(key, .object(inner))
        } else {
            for entry in inner { event.fields.update(entry.key, entry.value) }
        }
    }

    private func fields(of tag: Tag) -> Fields {
        if let known = byTag[ObjectIdentifier(tag)] { return known.fields }
        var fields = own
        if tag.text.hasPrefix(settings.tagPrefix),
            let names = Self.names(String(tag.text.dropFirst(settings.tagPrefix.count)))
        {
            for entry in names { fields.update(entry.key, entry.value) }
        }
        if byTag.count >= 10_000 { byTag.removeAll() }
        byTag[ObjectIdentifier(tag)] = (tag, fields)
        return fields
    }

    /// `<pod>_<namespace>_<container>-<64 digits>.log`.
    private static func names(_ text: String) -> Fields? {
        let base = text.hasSuffix(".log") ? String(text.dropLast(4)) : text
        let parts = base.split(separator: "_")
        guard parts.count == 3, let dash = parts[2].lastIndex(of: "-") else { return nil }
        return [
            "pod_name": .text(String(parts[0])), "namespace_name": .text(String(parts[1])),
            "container_name": .text(String(parts[2][..<dash])),
            "docker_id": .text(String(parts[2][parts[2].index(after: dash)...])),
        ]
    }

    /// Lines `name="value"` with Go's escapes.
    static func pairs(_ text: String) -> Fields {
        var fields = Fields()
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            var value = String(line[line.index(after: equals)...])
            if let read = try? JSONReader.value(Array(value.utf8).span),
                case .bytes(let bytes) = read
            {
                value = bytes.text
            }
            fields.update(String(line[..<equals]), .text(value))
        }
        return fields
    }
}
