import Formats
import Proxying

extension FuzzSubject {
    /// Configurations in Envoy's language.
    public static let envoy = configuration("Envoy", .envoy)
    /// Configurations in nginx's language.
    public static let nginx = configuration("Nginx", .nginx)
    /// Configurations in HAProxy's language.
    public static let haproxy = configuration("HAProxy", .haproxy)
    /// Configurations in our own language.
    public static let own = configuration("Own", .own)

    /// What is refused is so with errors, each on one line and at a place of the text; what is taken is
    /// taken by whoever is lenient too, has each name once, and can be compiled and shown.
    private static func configuration(_ name: String, _ dialect: Dialect) -> FuzzSubject {
        FuzzSubject(name: name) { input in
            let lines =
                1 + input.count { $0 == 10 || $0 == 13 || $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 }
            var taken: ConfigurationReader.Result?
            for isLenient in [false, true] {
                do throws(ConfigurationErrors) {
                    let result = try ConfigurationReader.read(
                        input,
                        name: "file",
                        dialect: dialect,
                        options: options(isLenient)
                    )
                    if let text = wrong(result.warnings, lines) { return text }
                    if let taken, taken.configuration != result.configuration {
                        return "lenience changes what is right"
                    }
                    taken = result
                    let names = result.configuration.clusters.map(\.name)
                    if Set(names).count != names.count { return "two clusters of one name" }
                    let listeners = result.configuration.listeners.map(\.name)
                    if Set(listeners).count != listeners.count {
                        return "two listeners of one name"
                    }
                    try? ProxyServer.checkRules(result.configuration)
                    if FormDump.json(result.configuration).text().isEmpty { return "no dump" }
                } catch {
                    if taken != nil { return "lenience refuses what is right: \(error)" }
                    if error.errors.isEmpty { return "refused for nothing" }
                    if let text = wrong(error.findings, lines) { return text }
                }
            }
            return nil
        }
    }

    private static func options(_ isLenient: Bool) -> ReadingOptions {
        ReadingOptions(
            isLenient: isLenient,
            environment: ["HOST": "app.local", "PORT": "8080", "EMPTY": ""],
            // Each file includes itself again, and one more.
            readFile: { path in
                path.hasSuffix(".conf") ? Array("include more.conf; include other.inc;".utf8) : nil
            },
            listDirectory: { _ in ["a.conf", "b.conf", "c.txt"] }
        )
    }

    private static func wrong(_ findings: [ConfigurationFinding], _ lines: Int) -> String? {
        for finding in findings {
            let text = finding.description
            if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
                return "a finding has control characters: \(text)"
            }
            if text.utf8.count > 4096 { return "a finding is too long: \(text)" }
            if let position = finding.position, finding.file == "file", position.line > lines + 1 {
                return "a finding is beyond the end: \(text)"
            }
        }
        return nil
    }
}
