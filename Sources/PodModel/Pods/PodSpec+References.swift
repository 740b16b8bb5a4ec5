extension PodSpec {
    /// Whether the pod names an object of its namespace: in a volume, a variable, or as a secret for
    /// its images.
    ///
    /// - Parameters:
    ///   - resource: `configmaps`, `secrets`, `persistentvolumeclaims` or `serviceaccounts`.
    ///   - name: The object's name.
    /// - Returns: Whether a change of the object concerns the pod.
    public func refers(to resource: String, named name: String) -> Bool {
        let containers = initContainers + containers + ephemeralContainers.map(\.container)
        switch resource {
        case "configmaps":
            return containers.contains { $0.names(configMap: name) }
                || volumes.contains { $0.source.names(configMap: name) }
        case "secrets":
            return imagePullSecrets.contains { $0.name == name }
                || containers.contains { $0.names(secret: name) }
                || volumes.contains { $0.source.names(secret: name) }
        case "persistentvolumeclaims":
            return volumes.contains { volume in
                guard case .persistentVolumeClaim(let source) = volume.source else { return false }
                return source.claimName == name
            }
        case "serviceaccounts": return serviceAccountName == name
        default: return false
        }
    }
}

extension Container {
    fileprivate func names(configMap name: String) -> Bool {
        env.contains { variable in
            guard case .configMapKeyRef(let source) = variable.valueFrom else { return false }
            return source.name == name
        }
            || envFrom.contains { part in
                guard case .configMapRef(let own, _) = part.source else { return false }
                return own == name
            }
    }

    fileprivate func names(secret name: String) -> Bool {
        env.contains { variable in
            guard case .secretKeyRef(let source) = variable.valueFrom else { return false }
            return source.name == name
        }
            || envFrom.contains { part in
                guard case .secretRef(let own, _) = part.source else { return false }
                return own == name
            }
    }
}

extension VolumeSource {
    fileprivate func names(configMap name: String) -> Bool {
        switch self {
        case .configMap(let source): source.name == name
        case .projected(let source):
            source.sources.contains { part in
                guard case .configMap(let own) = part else { return false }
                return own.name == name
            }
        default: false
        }
    }

    fileprivate func names(secret name: String) -> Bool {
        switch self {
        case .secret(let source): source.secretName == name
        case .projected(let source):
            source.sources.contains { part in
                guard case .secret(let own) = part else { return false }
                return own.name == name
            }
        default: false
        }
    }
}
