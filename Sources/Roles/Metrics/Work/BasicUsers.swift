import Basics
import Formats
import Passwords
import Reactor
import Security

/// Who may ask: names and hashes of passwords (RFC 7617), as `basic_auth_users` of Prometheus's exporters has them.
///
/// bcrypt is slow by intention, so it runs beside the loop; what came of it is remembered. At most so many run at once:
/// who comes then is told to come again.
@MainLoop final class BasicUsers {
    /// What becomes of a request.
    enum Verdict {
        case permitted, refused, busy
    }

    /// How many results are remembered.
    static let rememberedMaximum = 100
    /// How many checks run at once.
    static let checksMaximum = 4

    private let users: [String: String]
    private let decoy: String
    /// Credentials are remembered as digests that begin with it.
    private let pepper: [UInt8]
    private var remembered: [[UInt8]: Bool] = [:]
    private var checks = 0

    /// Users and the hashes of their passwords, one at least.
    init(_ users: [String: String]) {
        self.users = users
        decoy = users.first?.value ?? ""
        var generator = SystemRandomNumberGenerator()
        pepper = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Whether a hash is one of bcrypt: `$2y$10$`, then salt and digest, 60 bytes.
    nonisolated static func isHash(_ text: String) -> Bool {
        text.utf8.count == 60 && ["$2a$", "$2b$", "$2y$"].contains { text.hasPrefix($0) }
    }

    /// Looks at the header field `Authorization`.
    func check(_ field: String?) async -> Verdict {
        guard let field, field.utf8.count < 2048, field.prefix(6).lowercased() == "basic ",
            let login = Base64.decode(String(field.dropFirst(6))),
            let colon = login.firstIndex(of: UInt8(ascii: ":"))
        else { return .refused }
        let key = Digest.sha256(pepper + login)
        if let known = remembered[key] { return known ? .permitted : .refused }
        guard checks < Self.checksMaximum else { return .busy }
        checks += 1
        defer { checks -= 1 }
        let hash = users[String(decoding: login[..<colon], as: UTF8.self)]
        // An unknown name costs as much as a known one.
        let (password, asked) = (Array(login[(colon + 1)...]), hash ?? decoy)
        let fits = try? await Loop.main.offload { PasswordHash.fits(password, asked) }
        guard let fits else { return .busy }
        if remembered.count >= Self.rememberedMaximum { remembered.removeAll() }
        remembered[key] = fits && hash != nil
        return fits && hash != nil ? .permitted : .refused
    }
}
