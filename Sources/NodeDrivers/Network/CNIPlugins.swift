internal import Basics
internal import Formats
internal import Reactor
internal import System

/// Runs a chain of CNI plugins on one network namespace (CNI specification 1.0).
struct CNIPlugins: Sendable {
    /// What a chain is run for.
    struct Target: Sendable {
        /// The name of the attachment, unique among those that exist.
        var container: String
        /// The pinned network namespace; nil if it has gone already.
        var namespace: String?
        /// `KEY=value` pairs about the pod, as the CRI hands them to plugins.
        var arguments: String
    }

    /// Where the plugins are.
    var directories: [String]
    /// How long one plugin may take.
    var deadline: Duration

    /// Runs the plugins in order, each on the result of the one before; returns the last result.
    @MainLoop func add(_ plugins: [JSON], _ target: Target) async throws(CNIFailure) -> JSON {
        var result: JSON?
        for plugin in plugins {
            let output = try await run("ADD", plugin, target, previous: result)
            // A plugin of a chain may leave the result as it is by printing nothing.
            guard !output.isEmpty else { continue }
            guard let answer = try? JSON.parse(output) else {
                throw CNIFailure(
                    plugin: Self.type(of: plugin),
                    verb: "ADD",
                    cause: "it printed no JSON"
                )
            }
            result = answer
        }
        return result ?? .object(JSONObject())
    }

    /// Undoes a chain, the last plugin first.
    ///
    /// What was never done is no error to the plugins.
    @MainLoop func remove(
        _ plugins: [JSON],
        _ target: Target,
        result: JSON?
    ) async throws(CNIFailure) {
        var failure: CNIFailure?
        for plugin in plugins.reversed() {
            do throws(CNIFailure) {
                _ = try await run("DEL", plugin, target, previous: result)
            } catch {
                // The others are undone all the same.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    @MainLoop private func run(
        _ verb: String,
        _ plugin: JSON,
        _ target: Target,
        previous: JSON?
    ) async throws(CNIFailure) -> [UInt8] {
        let type = Self.type(of: plugin)
        guard let program = path(of: type) else {
            throw CNIFailure(
                plugin: type,
                verb: verb,
                cause: "it is in none of \(directories.joined(separator: ", "));"
                    + " install the package containernetworking-plugins"
            )
        }
        var configuration = plugin
        if let previous { configuration["prevResult"] = previous }
        var command = Command(program)
        command.input = .bytes(configuration.bytes())
        command.environment = [
            "CNI_COMMAND": verb, "CNI_CONTAINERID": target.container,
            "CNI_IFNAME": type == "loopback" ? "lo" : "eth0", "CNI_NETNS": target.namespace ?? "",
            "CNI_ARGS": target.arguments, "CNI_PATH": directories.joined(separator: ":"),
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            // One processor is enough for a plugin, and starting is cheaper.
            "GOMAXPROCS": "1",
        ]
        // The next engine takes the sandbox down; it must not meet a plugin that still builds it.
        command.parentDeathSignal = 9
        let completed: ChildProcess.Completed
        do throws(Failure) {
            completed = try await ChildProcess.run(command, deadline: deadline)
        } catch {
            throw CNIFailure(plugin: type, verb: verb, cause: error.description)
        }
        if case .exited(0) = completed.status { return completed.output }
        throw CNIFailure(
            plugin: type,
            verb: verb,
            output: completed.output,
            errors: completed.errorText
        )
    }

    private func path(of type: String) -> String? {
        guard !type.isEmpty, !type.contains("/") else { return nil }
        return directories.lazy.map { $0 + "/" + type }.first { Files.exists($0) }
    }

    static func type(of plugin: JSON) -> String { plugin["type"]?.string ?? "" }
}
