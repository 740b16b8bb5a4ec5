public import PodModel

/// Finds the number of a port that a probe or hook names.
public enum ContainerPorts {
    /// A port that cannot be found, in the kubelet's words.
    public struct Unresolved: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong, such as `invalid port number: 70000`.
        public let description: String
    }

    /// The number of a port: itself, that of the container's port of this name, or a number in text.
    ///
    /// (kubelet: `probe.ResolveContainerPort`)
    /// - Returns: A number from 1 to 65535.
    /// - Throws: `Unresolved` with the kubelet's words.
    public static func resolve(
        _ port: IntOrString,
        in container: Container
    ) throws(Unresolved) -> UInt16 {
        let number: Int
        switch port {
        case .int(let value): number = value
        case .string(let name):
            if let named = container.ports.first(where: { $0.name == name }) {
                number = named.containerPort
            } else if let value = Int(name) {
                number = value
            } else {
                throw Unresolved(
                    description: "strconv.Atoi: parsing \(GoQuoting.quote(name)): invalid syntax"
                )
            }
        }
        guard (1...65535).contains(number) else {
            throw Unresolved(description: "invalid port number: \(number)")
        }
        return UInt16(number)
    }
}
