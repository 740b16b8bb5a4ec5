public import Formats

/// An object whose every key becomes an environment variable.
public struct EnvFromSource: ModelObject {
    /// The object; exactly one of these.
    public enum Source: Sendable, Hashable {
        /// The `data` of a ConfigMap.
        case configMapRef(name: String, optional: Bool?)
        /// The data of a Secret.
        case secretRef(name: String, optional: Bool?)
    }

    /// What is put before every key.
    public var prefix: String
    /// The object.
    public var source: Source

    /// Makes the value from its parts.
    public init(prefix: String = "", source: Source) {
        self.prefix = prefix
        self.source = source
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.prefix = try fields.text("prefix")
        if let reference = fields["configMapRef"] {
            let source = try Fields(reference)
            self.source = .configMapRef(
                name: try source.text("name"),
                optional: try source.flag("optional")
            )
        } else if let reference = fields["secretRef"] {
            let source = try Fields(reference)
            self.source = .secretRef(
                name: try source.text("name"),
                optional: try source.flag("optional")
            )
        } else {
            throw ModelError("an envFrom entry needs configMapRef or secretRef")
        }
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("prefix", prefix)
        var reference = Members()
        switch source {
        case .configMapRef(let name, let optional), .secretRef(let name, let optional):
            reference.putText("name", name)
            reference.put("optional", optional)
        }
        switch source {
        case .configMapRef: members.put("configMapRef", reference.json)
        case .secretRef: members.put("secretRef", reference.json)
        }
        return members.json
    }
}
