import Formats
import Roles

/// Files for `companion run`: what is refused has sentences with places in the file, what is taken has roles
/// that can be told apart and need not be looked at again.
public func fuzzRunFile(_ bytes: [UInt8]) {
    let roles = ["logs", "metrics", "proxy", "reload"]
    let lines = 1 + bytes.count { $0 == 0x0A || $0 == 0x0D }
    do throws(ConfigurationErrors) {
        let entries = try RunFile.read(bytes, name: "f", roles: roles).entries
        precondition((1...RunFile.rolesMaximum).contains(entries.count), "too few or many roles")
        precondition(Set(entries.map(\.name)).count == entries.count, "two of one name")
        for entry in entries {
            precondition(roles.contains(entry.role), "a role that is not there")
            precondition((1...63).contains(entry.name.utf8.count), "a name that is none")
            precondition(!entry.name.contains("/"), "a name that leads elsewhere")
            precondition(entry.place.position != nil, "a role without a place")
        }
    } catch {
        precondition(!error.errors.isEmpty, "refused without a reason")
        for finding in error.findings {
            precondition(!finding.what.contains("\n"), "more than a sentence")
            let line = finding.position?.line ?? 1
            // What is missing at the end is missing behind it.
            precondition((1...lines + 1).contains(line), "a place outside the file: \(finding)")
        }
    }
}
