/// A self-signed certificate of `localhost` and `127.0.0.1`, made by the `openssl` program.
public struct TestCertificate: Sendable {
    /// The certificate as PEM text; also the authority that signed it.
    public let certificate: String
    /// The private key as PEM text.
    public let privateKey: String

    /// Makes a new certificate that is good for a day.
    ///
    /// - Throws: `TestProgram.Problem` if `openssl` is missing or fails.
    public init() async throws {
        let folder = try TemporaryDirectory()
        let result = try await TestProgram.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", folder.file("key"), "-out", folder.file("certificate"),
                "-days", "1", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ]
        )
        guard result.succeeded else {
            throw TestProgram.Problem(description: "openssl req: \(result.errors)")
        }
        certificate = try folder.text(of: "certificate")
        privateKey = try folder.text(of: "key")
    }
}
