internal import Formats
internal import PodModel

/// The fields that only a server sets; manifests taken from a cluster carry them.
enum ServerFields {
    private static let metadata = [
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "managedFields", "selfLink",
    ]

    /// Takes the fields out of an object and answers with a warning for those that said something.
    static func strip(from object: inout JSON) -> [Finding] {
        var findings: [Finding] = []
        if let status = object["status"], object["kind"] != "Namespace",
            object["kind"] != "PersistentVolumeClaim"
        {
            if status.object?.isEmpty == false { findings.append(remark("status")) }
            object["status"] = nil
        }
        for field in metadata {
            guard let value = object["metadata"]?[field] else { continue }
            if !value.isNull { findings.append(remark(FieldPath("metadata") + field)) }
            object["metadata"]?[field] = nil
        }
        return findings
    }

    private static func remark(_ path: FieldPath) -> Finding {
        Finding(
            .remark,
            path,
            "left out: only the server sets it",
            remedy: "remove it",
            isWarning: true
        )
    }
}

extension FieldPath {
    fileprivate init(_ key: String) {
        self.init([.key(key)])
    }
}
