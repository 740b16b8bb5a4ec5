public import Formats

/// A typed view of a JSON object of the API.
///
/// Reading is lenient about what is missing (the API server's default takes its place) and about
/// what is unknown (left out); a member of the wrong type throws. Strictness is `Validation`'s task.
public protocol ModelObject: Sendable, Hashable {
    /// Reads the view from its JSON form.
    init(json: JSON) throws(ModelError)

    /// The JSON form.
    var json: JSON { get }
}
