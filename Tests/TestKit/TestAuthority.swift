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

    /// Signs a certificate of these alternative names, such as `DNS:localhost` or `URI:spiffe://a/b`.
    ///
    /// - Throws: `TestProgram.Problem` if `openssl` is missing or fails.
    public func leaf(
        _ names: [String],
        commonName: String = "leaf",
        _ kind: Kind = .ecdsa,
        life: Life = .today
    ) async throws -> Leaf {
        var extensions = "basicConstraints=CA:FALSE"
        if !names.isEmpty { extensions += "\nsubjectAltName=" + names.joined(separator: ",") }
        return try await sign(commonName, extensions: extensions, kind, life)
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

    private static func run(_ arguments: [String]) async throws {
        let result = try await TestProgram.run("openssl", arguments)
        guard result.succeeded else {
            throw TestProgram.Problem(description: "openssl \(arguments[0]): \(result.errors)")
        }
    }
}
