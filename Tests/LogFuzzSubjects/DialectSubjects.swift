import Basics
import Formats
import LogPipeline

/// Fluent Bit's classic sections and YAML; the first byte says which.
public func fuzzFluentBit(_ bytes: [UInt8]) {
    let isYAML = bytes.first == UInt8(ascii: "y")
    check(isYAML ? Array(bytes.dropFirst()) : bytes, isYAML ? .fluentBitYAML : .fluentBit)
}

/// Fluentd's directives.
public func fuzzFluentd(_ bytes: [UInt8]) {
    check(bytes, .fluentd)
}

/// The scripts of busybox adapters.
public func fuzzShell(_ bytes: [UInt8]) {
    let script = String(decoding: bytes.prefix(4096), as: UTF8.self)
    do throws(ConfigurationErrors) {
        let result = try LogConfigurations.read(command: ["sh", "-c", script])
        let configuration = result.configuration
        precondition(configuration.sources.count == 1, "a script is one tail")
        precondition(configuration.sinks.count == 1, "a script writes to one place")
    } catch {
        check(error)
    }
}

private func check(_ bytes: [UInt8], _ dialect: LogDialect) {
    let text = Array(bytes.prefix(16384))
    _ = LogDialect.guess(text: String(decoding: text, as: UTF8.self), name: "x.conf")
    for isLenient in [false, true] {
        // A file that includes itself, and one that is never there.
        let surroundings = LogSurroundings(
            isLenient: isLenient,
            environment: ["A": "${A}", "B": "x\ny"],
            readFile: { $0.hasSuffix("a") ? text : nil },
            listDirectory: { _ in ["a", "b"] }
        )
        do throws(ConfigurationErrors) {
            let result = try LogConfigurations.read(
                text,
                name: "a",
                dialect: dialect,
                surroundings: surroundings
            )
            check(result.configuration)
        } catch {
            check(error)
        }
    }
}

/// What was read hangs together: names are taken once, and everything comes from somewhere.
private func check(_ configuration: LogConfiguration) {
    var names: Set<String> = []
    for name in configuration.sources.map(\.id) + configuration.transforms.map(\.id) {
        precondition(names.insert(name).inserted, "two things have the name \(name)")
    }
    var sinks: Set<String> = []
    for sink in configuration.sinks {
        precondition(sinks.insert(sink.id).inserted, "two sinks have the name \(sink.id)")
    }
    let inlets = configuration.transforms.map(\.inlet) + configuration.sinks.map(\.inlet)
    for from in inlets.flatMap(\.from) {
        let isDoor = from.hasSuffix(".emitted") && names.contains(String(from.dropLast(8)))
        precondition(names.contains(from) || isDoor, "nothing has the name \(from)")
    }
}

private func check(_ errors: ConfigurationErrors) {
    precondition(!errors.errors.isEmpty, "a refusal without an error")
    for finding in errors.findings {
        precondition(!finding.what.isEmpty, "no sentence")
        precondition(!finding.description.utf8.contains(10), "a sentence over two lines")
    }
}
