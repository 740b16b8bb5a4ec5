import Formats
import PodEngine
import PodModel

extension ContainerEnvironment {
    /// The ConfigMaps and Secrets of one resolution, each looked up once.
    struct Objects {
        let namespace: String
        let lookup: any ObjectLookup
        private var configMaps: [String: ConfigMap] = [:]
        private var secrets: [String: Secret] = [:]

        init(namespace: String, lookup: any ObjectLookup) {
            self.namespace = namespace
            self.lookup = lookup
        }

        /// All keys of an `envFrom` source in the order of the keys; nothing if an optional object is
        /// missing.
        mutating func entries(
            of source: EnvFromSource
        ) throws(StepFailure) -> [(key: String, value: String)] {
            var entries: [String: String]
            switch source.source {
            case .configMapRef(let name, let optional):
                entries = try configMap(name, isOptional: optional ?? false)?.data ?? [:]
            case .secretRef(let name, let optional):
                let data = try secret(name, isOptional: optional ?? false)?.data ?? [:]
                entries = data.mapValues { String(decoding: $0, as: UTF8.self) }
            }
            return entries.sorted { $0.key < $1.key }
        }

        mutating func value(of key: ConfigMapKeySelector) throws(StepFailure) -> String? {
            let isOptional = key.optional ?? false
            guard let object = try configMap(key.name, isOptional: isOptional) else { return nil }
            if let value = object.data[key.key] { return value }
            if isOptional { return nil }
            throw .configuration(
                "couldn't find key \(key.key) in ConfigMap \(namespace)/\(key.name)"
                    + Self.keyRemedy
            )
        }

        mutating func value(of key: SecretKeySelector) throws(StepFailure) -> String? {
            let isOptional = key.optional ?? false
            guard let object = try secret(key.name, isOptional: isOptional) else { return nil }
            if let value = object.data[key.key] { return String(decoding: value, as: UTF8.self) }
            if isOptional { return nil }
            throw .configuration(
                "couldn't find key \(key.key) in Secret \(namespace)/\(key.name)" + Self.keyRemedy
            )
        }

        private static let objectRemedy = "; create it, or make the reference optional"
        private static let keyRemedy = "; add the key, or make the reference optional"

        private mutating func configMap(
            _ name: String,
            isOptional: Bool
        ) throws(StepFailure) -> ConfigMap? {
            if let known = configMaps[name] { return known }
            guard let json = lookup.configMap(namespace: namespace, name: name) else {
                if isOptional { return nil }
                throw .configuration("configmap \"\(name)\" not found\(Self.objectRemedy)")
            }
            do throws(ModelError) {
                let object = try ConfigMap(json: json)
                configMaps[name] = object
                return object
            } catch {
                throw .configuration("configmap \"\(name)\" cannot be read: \(error)")
            }
        }

        private mutating func secret(
            _ name: String,
            isOptional: Bool
        ) throws(StepFailure) -> Secret? {
            if let known = secrets[name] { return known }
            guard let json = lookup.secret(namespace: namespace, name: name) else {
                if isOptional { return nil }
                throw .configuration("secret \"\(name)\" not found\(Self.objectRemedy)")
            }
            do throws(ModelError) {
                let object = try Secret(json: json)
                secrets[name] = object
                return object
            } catch {
                // The error names a field, never a value.
                throw .configuration("secret \"\(name)\" cannot be read: \(error)")
            }
        }
    }
}
