/// The short names that controllers derive from templates.
///
/// The alphabet leaves out vowels and look-alikes, so that no word appears by accident.
/// Source: `k8s.io/apimachinery/pkg/util/rand`, `pkg/controller/controller_utils.go`.
enum SafeName {
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    /// The `pod-template-hash` of a template's canonical text, changed by every collision.
    static func hash(of text: some Sequence<UInt8>, collisions: Int = 0) -> String {
        var hash: UInt32 = 2_166_136_261
        func mix(_ byte: UInt8) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        for byte in text { mix(byte) }
        if collisions > 0 {
            for byte in String(collisions).utf8 { mix(byte) }
        }
        return String(String(hash).utf8.map { alphabet[Int($0) % alphabet.count] })
    }
}
