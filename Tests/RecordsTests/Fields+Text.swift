@testable import Records

extension Fields {
    /// The fields as sorted JSON.
    var json: String {
        var output: [UInt8] = []
        JSONText(sortsKeys: true).append(self, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
