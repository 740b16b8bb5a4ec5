internal import Formats

/// What is to be done so that the slices of a service have the contents that are wanted.
///
/// Slices that are right stay, others are used again, so that few objects change.
struct SliceChanges: Equatable {
    /// Contents of new slices.
    var created: [JSON] = []
    /// New contents of slices, by their names.
    var updated: [String: JSON] = [:]
    /// The names of slices that nobody wants.
    var deleted: [String] = []

    /// Compares the slices there are, by name and content, with the contents that are wanted.
    init(from existing: [(name: String, content: JSON)], to wanted: [JSON]) {
        var free = existing
        var missing: [JSON] = []
        for content in wanted {
            if let index = free.firstIndex(where: { $0.content == content }) {
                free.remove(at: index)
            } else {
                missing.append(content)
            }
        }
        for content in missing {
            let index =
                free.firstIndex {
                    $0.content["ports"] == content["ports"]
                        && $0.content["addressType"] == content["addressType"]
                }
                ?? free.firstIndex { $0.content["addressType"] == content["addressType"] }
            if let index {
                updated[free.remove(at: index).name] = content
            } else {
                created.append(content)
            }
        }
        deleted = free.map(\.name)
    }

    /// The members of a slice that these changes are about.
    static func content(of slice: JSON) -> JSON {
        [
            "addressType": slice["addressType"] ?? "IPv4", "endpoints": slice["endpoints"] ?? [],
            "ports": slice["ports"] ?? [],
        ]
    }
}
