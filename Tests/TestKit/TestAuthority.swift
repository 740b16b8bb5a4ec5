import Foundation

/// A certificate authority for tests, made by the `openssl` program.
public struct TestAuthority: Sendable {
    /// What kind of key a certificate has.
    public enum Kind: Sendable {
        /// ECDSA on P-256.
        case ecdsa
        /// RSA of 2048 bits.
        case rsa
    }

    /// When a certificate holds.
    public enum Life: Sendable {
        /// From now on for a day.
        case today
        /// It ended long ago.
        case past
        /// It begins much later.
        case future
    }

    /// A certificate that an authority has signed, and its key; both PEM.
    public struct Leaf: Sendable {
        /// The certificate.
        public let certificate: String
        /// The private key.
        public let privateKey: String
    }

    /// The authority's certificate as PEM text.
    public let certificate: String
    private let privateKey: String

    /// Makes an authority that signs itself, or one signed by another.
    ///
    /// - Throws: `TestProgram.Problem` if `openssl` is missing or fails.
    public init(_ name: String = "Test authority", signedBy parent: TestAuthority? = nil)
        async throws
    {
        let folder = try TemporaryDirectory()
        if let parent {
            let made = try await parent.sign(
                name,
                extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign",
                .ecdsa,
                .today
            )
            certificate = made.certificate
            privateKey = made.privateKey
            return
        }
        try await Self.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-keyout", folder.file("key"), "-out", folder.file("certificate"),
            "-days", "1", "-subj", "/CN=\(name)",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        ])
        certificate = try folder.text(of: "certificate")
        privateKey = try folder.text(of: "key")
    }

    /// Signs a certificate of these alternative names, such as `DNS:localhost` or `URI:spiffe://a/b`, and
    /// of extensions as `openssl` writes them.
    ///
    /// - Throws: `TestProgram.Problem` if `openssl` is missing or fails.
    public func leaf(
        _ names: [String],
        commonName: String = "leaf",
        _ kind: Kind = .ecdsa,
        life: Life = .today,
        extensions more: [String] = []
    ) async throws -> Leaf {
        var extensions = (["basicConstraints=CA:FALSE"] + more).joined(separator: "\n")
        if !names.isEmpty { extensions += "\nsubjectAltName=" + names.joined(separator: ",") }
        return try await sign(commonName, extensions: extensions, kind, life)
    }

    /// What an authority says about a certificate.
    public enum Word: String, Sendable {
        /// It holds.
        case good = "V"
        /// It was taken back.
        case revoked = "R"
        /// Nobody has heard of it.
        case unknown
    }

    /// Signs an OCSP response about a certificate, DER, that is good for an hour.
    ///
    /// - Parameters:
    ///   - leaf: The certificate, which another authority may have signed.
    ///   - word: What is said.
    ///   - responder: Who signs; the authority itself if `nil`.
    ///   - environment: Variables for `openssl`, such as those of a false clock.
    /// - Returns: The response.
    /// - Throws: `TestProgram.Problem` if `openssl` is missing or fails.
    public func response(
        about leaf: Leaf,
        _ word: Word = .good,
        signedBy responder: Leaf? = nil,
        environment: [String: String] = [:]
    ) async throws -> [UInt8] {
        let folder = try TemporaryDirectory()
        try folder.write(certificate, to: "ca")
        try folder.write(leaf.certificate, to: "leaf")
        try folder.write(responder?.certificate ?? certificate, to: "signer")
        try folder.write(responder?.privateKey ?? privateKey, to: "signer-key")
        let shown = try await TestProgram.run(
            "openssl",
            ["x509", "-noout", "-serial", "-in", folder.file("leaf")]
        )
        let serial = shown.output.split(separator: "=").last?.filter { !$0.isWhitespace } ?? ""
        let revoked = word == .revoked ? "200101000000Z" : ""
        try folder.write(
            word == .unknown
                ? "" : "\(word.rawValue)\t490101000000Z\t\(revoked)\t\(serial)\tunknown\t/CN=x\n",
            to: "index"
        )
        var words = ["ocsp", "-index", folder.file("index"), "-CA", folder.file("ca")]
        words += ["-rsigner", folder.file("signer"), "-rkey", folder.file("signer-key")]
        words += ["-issuer", folder.file("ca"), "-cert", folder.file("leaf"), "-nmin", "60"]
        words += ["-respout", folder.file("response"), "-noverify"]
        try await Self.run(words, environment: environment)
        return [UInt8](try Data(contentsOf: URL(filePath: folder.file("response"))))
    }

    private func sign(
        _ name: String,
        extensions: String,
        _ kind: Kind,
        _ life: Life
    ) async throws -> Leaf {
        let folder = try TemporaryDirectory()
        try folder.write(certificate, to: "ca")
        try folder.write(privateKey, to: "ca-key")
        try folder.write(extensions + "\n", to: "extensions")
        try folder.write("", to: "index")
        try folder.write(
            """
            [ca]
            default_ca = it
            [it]
            database = \(folder.file("index"))
            new_certs_dir = \(folder.path)
            certificate = \(folder.file("ca"))
            private_key = \(folder.file("ca-key"))
            default_md = sha256
            policy = policy
            rand_serial = yes
            [policy]
            commonName = supplied

            """,
            to: "configuration"
        )
        var request = ["req", "-new", "-nodes", "-keyout", folder.file("key"), "-out"]
        request += [folder.file("request"), "-subj", "/CN=\(name)", "-newkey"]
        switch kind {
        case .ecdsa: request += ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        case .rsa: request += ["rsa:2048"]
        }
        try await Self.run(request)
        var sign = ["ca", "-batch", "-notext", "-config", folder.file("configuration")]
        sign += ["-in", folder.file("request"), "-out", folder.file("certificate")]
        sign += ["-extfile", folder.file("extensions")]
        switch life {
        case .today: sign += ["-days", "1"]
        case .past: sign += ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
        case .future: sign += ["-startdate", "21000101000000Z", "-enddate", "21010101000000Z"]
        }
        try await Self.run(sign)
        return Leaf(
            certificate: try folder.text(of: "certificate"),
            privateKey: try folder.text(of: "key")
        )
    }

    private static func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws {
        let result = try await TestProgram.run("openssl", arguments, environment: environment)
        guard result.succeeded else {
            throw TestProgram.Problem(description: "openssl \(arguments[0]): \(result.errors)")
        }
    }
}
