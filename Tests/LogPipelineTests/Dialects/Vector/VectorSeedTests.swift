import Formats
import Records
import Testing

@testable import LogPipeline

@Suite("Vector: the seed's configuration") struct VectorSeedTests {
    static let text = #"""
        [sources.app_logs]
        type = "file"
        include = ["/var/log/app/*.log"]

        [transforms.parse_logs]
        type = "remap"
        inputs = ["app_logs"]
        source = '''
        . = parse_regex!(.message, r'^(?P<timestamp>\S+) (?P<level>\S+) (?P<message>.*)$')
        .timestamp = parse_timestamp!(.timestamp, "%Y-%m-%dT%H:%M:%S")
        '''

        [transforms.enrich]
        type = "remap"
        inputs = ["parse_logs"]
        source = '''
        .kubernetes.pod_name = "${POD_NAME}"
        .kubernetes.namespace = "${POD_NAMESPACE}"
        '''

        [sinks.stdout]
        type = "console"
        inputs = ["enrich"]
        encoding.codec = "json"
        """#

    @Test func `it becomes what it says, with variables put in`() throws {
        let result = try LogConfigurations.read(
            Array(Self.text.utf8),
            name: "/etc/vector/vector.toml",
            surroundings: LogSurroundings(
                environment: ["POD_NAME": "web-1", "POD_NAMESPACE": "shop"]
            )
        )
        #expect(result.dialect == .vector)
        #expect(result.warnings.isEmpty)
        let configuration = result.configuration
        #expect(configuration.service.tool == "vector")
        #expect(configuration.service.zone == "local")
        #expect(configuration.service.timeField == "timestamp")
        var tail = TailSettings(paths: ["/var/log/app/*.log"])
        tail.key = "message"
        tail.pathKey = "file"
        tail.hostKey = "host"
        tail.timeKey = "timestamp"
        tail.added = Records.Fields([("source_type", .text("file"))])
        tail.readsFromHead = true
        tail.lineLimit = 102_400
        tail.longLines = .skip
        #expect(configuration.sources.map(\.kind) == [.tail(tail)])
        #expect(configuration.sources[0].place == "/etc/vector/vector.toml:1")
        guard case .remap(let first) = configuration.transforms[0].kind,
            case .remap(let second) = configuration.transforms[1].kind
        else {
            Issue.record("no scripts: \(configuration.transforms)")
            return
        }
        #expect(first.name == "/etc/vector/vector.toml:8:10")
        #expect(first.source.hasPrefix(". = parse_regex!(.message, r'^(?P<timestamp>\\S+) "))
        #expect(first.source.contains(".*)$')\n"))
        #expect(!first.dropsOnError && first.dropsOnAbort && !first.reroutesDropped)
        #expect(
            second.source == """
                .kubernetes.pod_name = "web-1"
                .kubernetes.namespace = "shop"

                """
        )
        var encoding = Encoding(.json)
        encoding.sortsKeys = true
        encoding.timeFormat = "rfc3339"
        #expect(configuration.sinks[0].kind == .console(ConsoleSettings(encoding: encoding)))
        #expect(configuration.sinks[0].inlet == Inlet(["enrich"]))
    }

    @Test func `without its variables it is refused, and says which`() {
        do throws(ConfigurationErrors) {
            _ = try LogConfigurations.read(Array(Self.text.utf8), name: "vector.toml")
            Issue.record("it was taken")
        } catch {
            #expect(
                error.description == """
                    error: vector.toml:16:10: transforms.enrich.source: the variable POD_NAME is not \
                    set; set it, write ${POD_NAME:-} if it may be empty, or $$ for a dollar
                    error: vector.toml:16:10: transforms.enrich.source: the variable POD_NAMESPACE is \
                    not set; set it, write ${POD_NAMESPACE:-} if it may be empty, or $$ for a dollar
                    """
            )
        }
    }

    @Test func `it is the same in YAML and JSON`() throws {
        let surroundings = LogSurroundings(environment: ["POD_NAME": "a", "POD_NAMESPACE": "b"])
        let yaml = #"""
            sources:
              app_logs:
                type: file
                include: [/var/log/app/*.log]
            transforms:
              parse_logs:
                type: remap
                inputs: [app_logs]
                source: |
                  . = parse_regex!(.message, r'^(?P<timestamp>\S+) (?P<level>\S+) (?P<message>.*)$')
                  .timestamp = parse_timestamp!(.timestamp, "%Y-%m-%dT%H:%M:%S")
              enrich:
                type: remap
                inputs: [parse_logs]
                source: |
                  .kubernetes.pod_name = "${POD_NAME}"
                  .kubernetes.namespace = "${POD_NAMESPACE}"
            sinks:
              stdout: {type: console, inputs: [enrich], encoding: {codec: json}}
            """#
        let json = #"""
            {"sources": {"app_logs": {"type": "file", "include": ["/var/log/app/*.log"]}},
             "transforms": {
               "parse_logs": {"type": "remap", "inputs": ["app_logs"],
                 "source": ". = parse_regex!(.message, r'^(?P<timestamp>\\S+) (?P<level>\\S+) (?P<message>.*)$')\n.timestamp = parse_timestamp!(.timestamp, \"%Y-%m-%dT%H:%M:%S\")\n"},
               "enrich": {"type": "remap", "inputs": ["parse_logs"],
                 "source": ".kubernetes.pod_name = \"${POD_NAME}\"\n.kubernetes.namespace = \"${POD_NAMESPACE}\"\n"}},
             "sinks": {"stdout": {"type": "console", "inputs": ["enrich"], "encoding": {"codec": "json"}}}}
            """#
        let texts = [("v.toml", Self.text), ("v.yaml", yaml), ("v.json", json)]
        let read = try texts.map { name, text in
            var configuration = try LogConfigurations.read(
                Array(text.utf8),
                name: name,
                dialect: .vector,
                surroundings: surroundings
            ).configuration
            for index in configuration.sources.indices { configuration.sources[index].place = "" }
            for index in configuration.sinks.indices { configuration.sinks[index].place = "" }
            for index in configuration.transforms.indices {
                configuration.transforms[index].place = ""
                if case .remap(var remap) = configuration.transforms[index].kind {
                    remap.name = ""
                    configuration.transforms[index].kind = .remap(remap)
                }
            }
            return configuration
        }
        #expect(read[0] == read[1])
        #expect(read[0] == read[2])
    }
}
