import Formats

/// Lets objects share what they say alike about who owns their fields.
///
/// Objects of one controller, or applied by one tool, own the same fields; a tree of them takes more memory than
/// the rest of a small object. At most 1,024 are known; when there are more, all are forgotten and learnt anew.
struct OwnershipTwins {
    private var known: [[UInt8]: JSON] = [:]
    private static let maximum = 1024

    /// An object in as little memory as it takes, sharing what was seen before.
    mutating func compact(_ object: JSON) -> JSON {
        var known = known
        self.known = [:]
        defer { self.known = known }
        return object.compact { key, value in
            guard key == "fieldsV1" else { return nil }
            let text = value.bytes()
            if let twin = known[text] { return twin }
            if known.count == Self.maximum { known = [:] }
            let compact = value.compact()
            known[text] = compact
            return compact
        }
    }
}
