import Formats
import LogPipeline

/// Configurations in Vector's language.
public func fuzzVector(_ bytes: [UInt8]) {
    fuzzConfiguration(bytes, .vector)
}

/// Configurations in our own language for logs.
public func fuzzOwnLogs(_ bytes: [UInt8]) {
    fuzzConfiguration(bytes, .own)
}

/// What is refused is so with errors, each on one line and at a place of the text; what is taken is taken by
/// whoever is lenient too, has each name once, and takes in only what there is.
private func fuzzConfiguration(_ bytes: [UInt8], _ dialect: LogDialect) {
    let lines = 1 + bytes.count { $0 == 10 || $0 == 13 || $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 }
    var taken: LogConfiguration?
    for isLenient in [false, true] {
        do throws(ConfigurationErrors) {
            let result = try LogConfigurations.read(
                bytes,
                name: "file",
                dialect: dialect,
                surroundings: LogSurroundings(
                    isLenient: isLenient,
                    environment: ["NAME": "value", "PORT": "9200"]
                )
            )
            check(result.warnings, lines)
            check(result.configuration)
            if let taken {
                precondition(taken == result.configuration, "lenience changes what is right")
            }
            taken = result.configuration
        } catch {
            precondition(taken == nil, "lenience refuses what is right: \(error)")
            precondition(!error.errors.isEmpty, "refused for nothing")
            check(error.findings, lines)
        }
    }
}

private func check(_ findings: [ConfigurationFinding], _ lines: Int) {
    for finding in findings {
        precondition(!finding.description.contains("\n"), "several lines: \(finding)")
        precondition(!finding.what.isEmpty, "no sentence: \(finding)")
        guard let position = finding.position else { continue }
        // What is missing at the end is missing after the last line.
        precondition((1...lines + 1).contains(position.line), "no place of the text: \(finding)")
    }
}

private func check(_ configuration: LogConfiguration) {
    let ids = configuration.sources.map(\.id) + configuration.transforms.map(\.id)
    let all = ids + configuration.sinks.map(\.id)
    precondition(Set(all).count == all.count, "two components of one name")
    let known = Set(ids)
    let inlets = configuration.transforms.map(\.inlet) + configuration.sinks.map(\.inlet)
    for name in inlets.flatMap(\.from) {
        let id = String(name.prefix { $0 != "." })
        precondition(known.contains(id), "\(name) is nowhere")
    }
}
