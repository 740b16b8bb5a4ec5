internal import CCRYPT
internal import Formats
internal import Security

/// The hashes of `htpasswd` files, and whether a password fits one.
///
/// Slow by intention: up to a tenth of a second, so it is never asked on a worker's thread.
package enum PasswordHash {
    /// The longest password that is looked at.
    package static let passwordMaximum = 512

    /// Whether the form of a hash is known.
    package static func isKnown(_ hash: String) -> Bool {
        ["{SHA}", "{PLAIN}", "$apr1$", "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$"]
            .contains { hash.hasPrefix($0) }
    }

    /// Whether a hash is checked in no time.
    package static func isQuick(_ hash: String) -> Bool {
        hash.hasPrefix("{")
    }

    /// Whether a password fits.
    package static func fits(_ password: [UInt8], _ hash: String) -> Bool {
        if password.count > passwordMaximum || password.contains(0) { return false }
        let own: [UInt8]
        if hash.hasPrefix("{SHA}") {
            own = Array(("{SHA}" + Base64.encode(Digest.sha1(password))).utf8)
        } else if hash.hasPrefix("{PLAIN}") {
            // Digests, so that the time does not tell how much of it fits.
            return MessageAuthentication.equal(
                Digest.sha256(password),
                Digest.sha256(Array(hash.utf8.dropFirst(7)))
            )
        } else if hash.hasPrefix("$apr1$") {
            own = apr1(password, Array(hash.utf8))
        } else if isKnown(hash) {
            own = crypt(password, hash)
        } else {
            return false
        }
        return !own.isEmpty && MessageAuthentication.equal(own, Array(hash.utf8))
    }

    /// The C library's own kinds, bcrypt among them.
    private static func crypt(_ password: [UInt8], _ hash: String) -> [UInt8] {
        let size = MemoryLayout<crypt_data>.size
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer {
            unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            unsafe memory.deallocate()
        }
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let text = (password + [0]).map { CChar(bitPattern: $0) }
        guard let result = unsafe crypt_rn(text, hash, memory, Int32(size)) else { return [] }
        let own = unsafe String(cString: result)
        return own.hasPrefix("*") ? [] : Array(own.utf8)
    }

    /// Apache's variant of MD5 in a thousand rounds.
    private static func apr1(_ password: [UInt8], _ hash: [UInt8]) -> [UInt8] {
        let magic = Array("$apr1$".utf8)
        let salt = Array(hash.dropFirst(magic.count).prefix { $0 != UInt8(ascii: "$") }.prefix(8))
        let inner = Digest.md5(password + salt + password)
        var text = password + magic + salt
        var left = password.count
        while left > 0 {
            text += inner.prefix(min(16, left))
            left -= 16
        }
        var bits = password.count
        while bits > 0 {
            text.append(bits & 1 == 1 ? 0 : password[0])
            bits >>= 1
        }
        var digest = Digest.md5(text)
        for round in 0..<1000 {
            var next = round & 1 == 1 ? password : digest
            if round % 3 != 0 { next += salt }
            if round % 7 != 0 { next += password }
            next += round & 1 == 1 ? digest : password
            digest = Digest.md5(next)
        }
        let order = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)]
        let alphabet = Array(
            "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8
        )
        var output = magic + salt + [UInt8(ascii: "$")]
        func append(_ value: Int, _ count: Int) {
            for place in 0..<count { output.append(alphabet[value >> (6 * place) & 63]) }
        }
        for (first, second, third) in order {
            append(Int(digest[first]) << 16 | Int(digest[second]) << 8 | Int(digest[third]), 4)
        }
        append(Int(digest[11]), 2)
        return output
    }
}
