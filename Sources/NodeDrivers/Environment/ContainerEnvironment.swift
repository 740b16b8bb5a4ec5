internal import Formats
public import PodEngine
public import PodModel

/// Decides the environment of a container when it is created, and what its command becomes by it.
///
/// Values are fixed from then on; a changed ConfigMap shows only after a restart of the container.
/// Every error is a `CreateContainerConfigError`. (kubelet: `makeEnvironmentVariables`)
public struct ContainerEnvironment {
    /// The pod.
    public var pod: Pod
    /// The pod's addresses, the primary first.
    public var podIPs: [String]
    /// The node.
    public var node: NodeFacts
    /// Where ConfigMaps, Secrets and Services are found.
    public var lookup: any ObjectLookup
    /// The content of a file on one of the pod's volumes (`fileKeyRef`), by volume and path; nil if
    /// there is no such file.
    public var readFile: FileReader

    /// Reads a file of a volume.
    public typealias FileReader =
        (_ volume: String, _ path: String) throws(StepFailure) -> [UInt8]?

    /// Gathers what the environments of a pod's containers are made of.
    public init(
        pod: Pod,
        podIPs: [String],
        node: NodeFacts,
        lookup: any ObjectLookup,
        readFile: @escaping FileReader
    ) {
        self.pod = pod
        self.podIPs = podIPs
        self.node = node
        self.lookup = lookup
        self.readFile = readFile
    }

    /// The environment of a container, without what its image adds.
    ///
    /// First `envFrom` in order, then `env` in order - a later name overrides -, then the variables of
    /// the services as far as their names are free.
    ///
    /// - Parameter container: One of the pod's containers.
    /// - Returns: The variables.
    /// - Throws: `CreateContainerConfigError` for a missing object, key or field.
    public func resolve(_ container: Container) throws(StepFailure) -> EnvironmentVariables {
        let services = ServiceVariables.of(
            lookup.services(),
            namespace: pod.metadata.namespace,
            hasServiceLinks: pod.spec.enableServiceLinks
        )
        var objects = Objects(namespace: pod.metadata.namespace, lookup: lookup)
        var variables = EnvironmentVariables()
        for source in container.envFrom {
            for (key, value) in try objects.entries(of: source) {
                variables[source.prefix + key] = value
            }
        }
        for variable in container.env {
            if !variable.value.isEmpty {
                variables[variable.name] = VariableExpansion.expand(variable.value) {
                    variables[$0] ?? services[$0]
                }
            } else if let source = variable.valueFrom {
                // Without a value the variable is not set at all.
                variables[variable.name] = try value(of: source, container, &objects)
            } else {
                variables[variable.name] = ""
            }
        }
        for service in services.list { variables.add(service.name, service.value) }
        for variable in variables.list where variable.value.utf8.contains(0) {
            throw .configuration("the value of variable \"\(variable.name)\" holds a NUL byte")
        }
        return variables
    }

    /// Expands the references in a command or in arguments by the full environment.
    ///
    /// - Parameters:
    ///   - words: `command` or `args` of the container.
    ///   - environment: What `resolve` returned.
    /// - Returns: The words to run.
    public static func expand(_ words: [String], by environment: EnvironmentVariables) -> [String] {
        words.map { word in VariableExpansion.expand(word) { environment[$0] } }
    }

    /// Expands the references in the command of an exec probe.
    ///
    /// Only values written in the container's `env` count, unexpanded; a variable with another source
    /// is empty. (kubelet: `ExpandContainerCommandOnlyStatic`)
    ///
    /// - Parameters:
    ///   - command: The probe's command.
    ///   - container: The container that is probed.
    /// - Returns: The words to run.
    public static func expandProbe(_ command: [String], of container: Container) -> [String] {
        let values = Dictionary(container.env.map { ($0.name, $0.value) }) { $1 }
        return command.map { word in VariableExpansion.expand(word) { values[$0] } }
    }

    private func value(
        of source: EnvVarSource,
        _ container: Container,
        _ objects: inout Objects
    ) throws(StepFailure) -> String? {
        switch source {
        case .configMapKeyRef(let key): return try objects.value(of: key)
        case .secretKeyRef(let key): return try objects.value(of: key)
        case .fileKeyRef(let key): return try value(of: key)
        case .fieldRef, .resourceFieldRef: break
        }
        let fields = DownwardFields(pod: pod, podIPs: podIPs, node: node)
        do throws(DownwardFields.UnknownField) {
            switch source {
            case .fieldRef(let selector): return try fields.value(selector)
            case .resourceFieldRef(let selector):
                return try fields.value(selector, container: container)
            default: return nil
            }
        } catch {
            throw .configuration(error.text)
        }
    }

    private func value(of key: FileKeySelector) throws(StepFailure) -> String? {
        let isOptional = key.optional ?? false
        guard let bytes = try readFile(key.volumeName, key.path) else {
            if isOptional { return nil }
            throw .configuration(
                "couldn't parse env file \"\(key.path)\": volume \"\(key.volumeName)\" has no such file"
            )
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let value: String?
        do throws(EnvironmentFile.FormatError) {
            value = try EnvironmentFile.value(of: key.key, in: text)
        } catch {
            throw .configuration("couldn't parse env file \"\(key.path)\": \(error)")
        }
        // The kubelet does not tell an empty value from a missing one.
        if let value, !value.isEmpty { return value }
        if isOptional { return nil }
        throw .configuration(
            "environment variable key \"\(key.key)\" not found in file \"\(key.path)\""
        )
    }
}

extension StepFailure {
    /// A container that cannot be configured.
    static func configuration(_ message: String) -> Self {
        Self(reason: "CreateContainerConfigError", message: message)
    }
}
