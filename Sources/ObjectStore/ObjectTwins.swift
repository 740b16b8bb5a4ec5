import Formats

/// Lets objects share what they say alike: who owns their fields, when they were made, long keys.
///
/// Objects of one controller, or applied by one tool, own the same fields; a tree of them takes more memory than
/// the rest of a small object. At most 1,024 of each are known; when there are more, all are forgotten and learnt
/// anew.
struct ObjectTwins {
    private var values: [[UInt8]: JSON] = [:]
    private var texts: [String: String] = [:]
    private static let maximum = 1024
    /// Texts up to this size take no memory of their own.
    private static let inlineMaximum = 15

    /// An object in as little memory as it takes, sharing what was seen before.
    mutating func compact(_ object: JSON) -> JSON {
        var (values, texts) = (values, texts)
        (self.values, self.texts) = ([:], [:])
        defer { (self.values, self.texts) = (values, texts) }
        func shared(_ text: String) -> String {
            guard text.utf8.count > Self.inlineMaximum else { return text }
            if let twin = texts[text] { return twin }
            if texts.count == Self.maximum { texts = [:] }
            texts[text] = text
            return text
        }
        return object.compact { key, value in
            switch (key, value) {
            case ("fieldsV1", _):
                let text = value.bytes()
                if let twin = values[text] { return twin }
                if values.count == Self.maximum { values = [:] }
                let compact = value.compact()
                values[text] = compact
                return compact
            case ("time", .string(let text)), ("creationTimestamp", .string(let text)):
                return .string(shared(text))
            default: return nil
            }
        } keys: {
            shared($0)
        }
    }
}
