import Basics
import HTTP
public import Reactor
import Records
import System

/// Makes the sinks that deliver over HTTP: Elasticsearch, Loki, S3, any server.
@MainLoop public enum HTTPSinks {
    /// Makes a sink; nil if it is of another family.
    public static func make(_ sink: SinkSettings, _ context: SinkContext) -> (any Sink)? {
        var settings = DeliverySettings(sink, service: context.service)
        switch sink.kind {
        case .elasticsearch(let kind):
            settings.concurrency = kind.request.concurrency
            return make(sink, settings, kind.request, ElasticsearchForm(kind), context)
        case .loki(let kind):
            settings.concurrency = kind.request.concurrency
            var request = kind.request
            for place in request.endpoints.indices
            where ["", "/"].contains(request.endpoints[place].path) {
                request.endpoints[place].path = "/loki/api/v1/push"
            }
            return make(sink, settings, request, LokiForm(kind), context)
        case .http(let kind):
            settings.concurrency = kind.request.concurrency
            if kind.framing == .single { settings.batchRecords = 1 }
            return make(sink, settings, kind.request, HTTPForm(kind), context)
        case .s3(let kind):
            settings.concurrency = kind.request.concurrency
            var request = kind.request
            request.endpoints = [S3Form.endpoint(kind)]
            request.compression = kind.compression
            request.authentication = .aws(region: kind.region, service: "s3")
            var keys: AWSSignature.Credentials?
            if let key = kind.accessKey, let secret = kind.secretKey {
                keys = .init(accessKey: key, secretKey: secret, sessionToken: kind.sessionToken)
            }
            let form = S3Form(kind, run: Random.number())
            return make(sink, settings, request, form, context, keys)
        case .forward, .syslog, .socket, .file, .console, .postgres, .sqlite, .nowhere: return nil
        }
    }

    private static func make<Form: RequestForm>(
        _ sink: SinkSettings,
        _ settings: DeliverySettings,
        _ request: RequestSettings,
        _ form: Form,
        _ context: SinkContext,
        _ keys: AWSSignature.Credentials? = nil
    ) -> any Sink {
        var source: AWSCredentialSource?
        if case .aws(let region, _)? = request.authentication {
            let clock = context.clock
            source = AWSCredentialSource(keys, region: region, clock: { clock.wall })
        }
        let spool = sink.buffer.directory.map { Spool(directory: $0, limit: sink.buffer.disk) }
        return DeliverySink(
            id: sink.id,
            carrier: HTTPCarrier(
                request,
                form: form,
                credentials: source,
                clock: context.clock
            ),
            settings: settings,
            whenFull: sink.buffer.whenFull,
            spool: spool,
            books: context.books,
            deadLetters: context.deadLetters,
            seed: context.seed,
            journal: context.journal,
            clock: context.clock
        )
    }
}
