/// Finding the entry that a user or a pod means, among those of the store.
struct ImageLookup: Sendable {
    let records: [ImageRecord]

    /// The entry of a reference: by its full name, or by the digest in it.
    func record(for reference: ImageReference) -> ImageRecord? {
        if let digest = reference.digest {
            let name = reference.repository + "@" + digest
            return records.first {
                $0.repositoryDigest == name
                    || ($0.manifest.digest == digest && $0.isNamed(in: reference.repository))
            }
        }
        return records.first { $0.reference == reference.description }
    }

    /// The entry that `status.imageID` names.
    func record(shownAs id: String) -> ImageRecord? {
        records.first { $0.reference != nil && $0.shownID == id }
            ?? records.first { $0.shownID == id || $0.id == id }
    }

    /// The entries that a user names: a reference, an ID, or at least four digits of an ID.
    func records(named text: String) -> [ImageRecord] {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
        if digits.count >= 4, digits.allSatisfy(\.isLowercaseHexDigit) {
            let found = records.filter { $0.id.dropFirst(7).hasPrefix(digits) }
            if !found.isEmpty || text.hasPrefix("sha256:") { return found }
        }
        return ImageReference(text).flatMap(record(for:)).map { [$0] } ?? []
    }
}

extension ImageRecord {
    fileprivate func isNamed(in repository: String) -> Bool {
        guard let reference else { return false }
        return ImageReference(reference)?.repository == repository
    }
}
