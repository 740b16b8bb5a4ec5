import Formats
import PodEngine
import PodModel

/// A volume that cannot be filled, in the kubelet's words.
struct VolumeProblem: Error, Hashable {
    /// The sentence for the user, as it stands behind `MountVolume.SetUp failed for volume "v" : `.
    var text: String
    /// The failure to report as it is, where another component has words of its own.
    var failure: StepFailure?

    init(text: String, failure: StepFailure? = nil) {
        self.text = text
        self.failure = failure
    }
}

/// Turns ConfigMaps, Secrets and fields of the pod into the files of a volume.
///
/// (kubelet: `MakePayload` of the configmap and secret plugins, `CollectData` of downwardapi)
struct ObjectPayload {
    let fields: DownwardFields
    let lookup: any ObjectLookup

    private static let objectRemedy = "; create it, or make the volume optional"
    private static let keyRemedy = "; add the key, or make the volume optional"

    private var namespace: String { fields.pod.metadata.namespace }

    /// The files of a `configMap` volume or source.
    func configMap(
        _ name: String,
        items: [KeyToPath],
        defaultMode: Int,
        isOptional: Bool
    ) throws(VolumeProblem) -> FileSet {
        var data: [String: [UInt8]] = [:]
        if let json = lookup.configMap(namespace: namespace, name: name) {
            do throws(ModelError) {
                let object = try ConfigMap(json: json)
                data = object.data.mapValues { Array($0.utf8) }
                data.merge(object.binaryData) { $1 }
            } catch {
                throw VolumeProblem(text: "configmap \"\(name)\" cannot be read: \(error)")
            }
        } else if !isOptional {
            throw VolumeProblem(text: "configmap \"\(name)\" not found" + Self.objectRemedy)
        }
        return try files(data, items, defaultMode, isOptional, kind: "config")
    }

    /// The files of a `secret` volume or source.
    func secret(
        _ name: String,
        items: [KeyToPath],
        defaultMode: Int,
        isOptional: Bool
    ) throws(VolumeProblem) -> FileSet {
        var data: [String: [UInt8]] = [:]
        if let json = lookup.secret(namespace: namespace, name: name) {
            do throws(ModelError) {
                data = try Secret(json: json).data
            } catch {
                throw VolumeProblem(text: "secret \"\(name)\" cannot be read: \(error)")
            }
        } else if !isOptional {
            throw VolumeProblem(text: "secret \"\(name)\" not found" + Self.objectRemedy)
        }
        return try files(data, items, defaultMode, isOptional, kind: "secret")
    }

    /// The files of a `downwardAPI` volume or source.
    func downward(
        _ items: [DownwardAPIVolumeFile],
        defaultMode: Int
    ) throws(VolumeProblem) -> FileSet {
        var set = FileSet()
        for item in items {
            var text = ""
            do throws(DownwardFields.UnknownField) {
                if let selector = item.fieldRef {
                    text = try fields.value(selector)
                } else if let selector = item.resourceFieldRef {
                    text = try fields.value(selector, container: nil)
                }
            } catch {
                throw VolumeProblem(text: error.text)
            }
            let mode = UInt32(truncatingIfNeeded: item.mode ?? defaultMode)
            try Self.add(ProjectedFile(Array(text.utf8), mode: mode), at: item.path, to: &set)
        }
        return set
    }

    private func files(
        _ data: [String: [UInt8]],
        _ items: [KeyToPath],
        _ defaultMode: Int,
        _ isOptional: Bool,
        kind: String
    ) throws(VolumeProblem) -> FileSet {
        var set = FileSet()
        if items.isEmpty {
            for (key, content) in data {
                let mode = UInt32(truncatingIfNeeded: defaultMode)
                try Self.add(ProjectedFile(content, mode: mode), at: key, to: &set)
            }
            return set
        }
        for item in items {
            guard let content = data[item.key] else {
                if isOptional { continue }
                throw VolumeProblem(
                    text: "references non-existent \(kind) key: \(item.key)" + Self.keyRemedy
                )
            }
            let mode = UInt32(truncatingIfNeeded: item.mode ?? defaultMode)
            try Self.add(ProjectedFile(content, mode: mode), at: item.path, to: &set)
        }
        return set
    }

    static func add(
        _ file: ProjectedFile,
        at path: String,
        to set: inout FileSet
    ) throws(VolumeProblem) {
        do throws(FileSet.InvalidPath) {
            try set.add(file, at: path)
        } catch {
            throw VolumeProblem(text: error.text)
        }
    }
}
