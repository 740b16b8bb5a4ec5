/// What fields mean, for `kubectl explain`: a sentence or two for each.
public enum SchemaDescriptions {
    /// What a type is; `nil` if nothing is known.
    public static func of(_ type: String) -> String? { table.text(of: type) }

    /// What a field of a type means; `nil` if nothing is known.
    public static func of(_ type: String, _ field: String) -> String? {
        table.text(of: type, field)
    }

    /// The text that the descriptions were made of: it tells one table from another.
    public static let fingerprint = [
        sharedTexts, podTexts, schedulingTexts, containerTexts, volumeTexts, networkVolumeTexts,
        objectTexts, statusTexts, workloadTexts, batchTexts, serviceTexts, policyTexts, accessTexts,
        nodeTexts, networkingTexts,
    ].joined(separator: "\n")

    static let table = DescriptionTable(fingerprint)
}
