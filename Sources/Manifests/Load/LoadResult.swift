/// What came of loading manifests.
public struct LoadResult: Sendable {
    /// The objects: namespaces first, then what pods use, then pods, each in the order of the files.
    ///
    /// Empty if anything is wrong: nothing starts if any document is invalid.
    public var objects: [ManifestObject]
    /// Everything that was found, by file and place.
    public var findings: [ManifestFinding]

    /// The lines of the errors.
    public var errors: [String] {
        findings.filter { !$0.isWarning }.map(\.description)
    }

    /// The lines of the warnings.
    public var warnings: [String] {
        findings.filter(\.isWarning).map(\.description)
    }
}
