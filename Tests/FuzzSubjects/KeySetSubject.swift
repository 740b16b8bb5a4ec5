import Basics
import Proxying
import Security

extension FuzzSubject {
    /// Sets of keys.
    ///
    /// No set finds a signature of zeros good.
    public static let keySet = FuzzSubject(name: "KeySet") { input in
        guard let keys = try? KeySet(input) else { return nil }
        let message = Array("message".utf8)
        for algorithm in SignatureAlgorithm.allCases {
            for size in [0, 32, 64, 256] {
                let signature = [UInt8](repeating: 0, count: size)
                if keys.verifies(signature, of: message, by: algorithm, identifier: nil) {
                    return "\(algorithm) takes \(size) zeros"
                }
            }
        }
        return nil
    }
}
