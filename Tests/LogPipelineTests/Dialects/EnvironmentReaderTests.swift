import Formats
import LogPipeline
import Testing

@Suite("Configurations from the environment alone") struct EnvironmentReaderTests {
    @Test(
        arguments: [
            (
                LogDialect.fluentBit,
                ["FLUENT_ELASTICSEARCH_HOST": "elasticsearch.logging.svc.cluster.local"],
                ["/var/log/app"],
                [
                    "service tool=fluent-bit",
                    "source tail.0 tag=app.logs tail(paths=[/var/log/app/**/*.log] "
                        + "excluded=[*.gz, *.zip, *.bz2, *.xz] readsFromHead=true rescan=5s)",
                    "sink es.0 <tail.0> elasticsearch(request=endpoints="
                        + "[elasticsearch.logging.svc.cluster.local:9200] index=logstash-%Y.%m.%d)",
                    "note: no config: built-in pipeline, host from FLUENT_ELASTICSEARCH_HOST: "
                        + "/var/log/app/**/*.log to elasticsearch.logging.svc.cluster.local:9200",
                ]
            ),
            (
                LogDialect.fluentBit,
                [
                    "FLUENT_ELASTICSEARCH_HOST": "elasticsearch.logging",
                    "FLUENT_ELASTICSEARCH_PORT": "9201", "FLUENT_ELASTICSEARCH_SCHEME": "https",
                    "FLUENT_ELASTICSEARCH_SSL_VERIFY": "false", "FLUENT_ELASTICSEARCH_USER": "u",
                    "FLUENT_ELASTICSEARCH_PASSWORD": "p",
                    "FLUENT_ELASTICSEARCH_LOGSTASH_PREFIX": "shop",
                    "FLUENT_CONTAINER_TAIL_PATH": "/logs/*.txt",
                ],
                ["/fluent-bit/etc", "/var/run/secrets/kubernetes.io/serviceaccount"],
                [
                    "service tool=fluent-bit",
                    "source tail.0 tag=app.logs tail(paths=[/logs/*.txt] "
                        + "excluded=[*.gz, *.zip, *.bz2, *.xz] readsFromHead=true rescan=5s)",
                    "sink es.0 <tail.0> elasticsearch(request=endpoints="
                        + "[elasticsearch.logging:9201+tls(verifies=false)] "
                        + "authentication=basic(user: u, password: p) index=shop-%Y.%m.%d)",
                    "note: no config: built-in pipeline, host from FLUENT_ELASTICSEARCH_HOST: "
                        + "/logs/*.txt to elasticsearch.logging:9201",
                ]
            ),
            (
                LogDialect.fluentd, [:], [],
                [
                    "service tool=fluentd",
                    "source tail.0 tag=app.logs tail(paths=[/var/log/app/*] "
                        + "excluded=[*.gz, *.zip, *.bz2, *.xz] readsFromHead=true rescan=5s "
                        + "key=message)",
                    "source forward.0 tag=forward forward()",
                    "sink stdout.0 <tail.0,forward.0> console(isError=false encoding=)",
                    "note: no config: built-in pipeline, /var/log/app/* to standard output, as "
                        + "FLUENT_ELASTICSEARCH_HOST is not set",
                    "note: records are taken at port 24224 as well, as Fluentd does",
                ]
            ),
        ] as [(LogDialect, [String: String], [String], [String])]
    )
    func `say what was decided`(
        _ program: LogDialect,
        _ environment: [String: String],
        _ mounts: [String],
        _ outline: [String]
    ) throws {
        let result = try LogConfigurations.read(
            environmentOf: program,
            surroundings: LogSurroundings(environment: environment, readOnlyMounts: { mounts })
        )
        let lines =
            Outline.lines(result.configuration)
            + result.configuration.notes.map { "note: \($0)" }
        #expect(lines == outline)
    }

    @Test func `refuse a port that is none`() {
        let error = #expect(throws: ConfigurationErrors.self) {
            try LogConfigurations.read(
                environmentOf: .fluentBit,
                surroundings: LogSurroundings(environment: [
                    "FLUENT_ELASTICSEARCH_HOST": "es", "FLUENT_ELASTICSEARCH_PORT": "http",
                ])
            )
        }
        #expect(
            error?.findings.map(\.description)
                == ["environment: FLUENT_ELASTICSEARCH_PORT: \"http\" is no port"]
        )
    }
}
