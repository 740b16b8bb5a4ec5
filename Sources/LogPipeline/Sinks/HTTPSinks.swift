public import Basics
public import Reactor
import Records
import System

/// Makes the sinks that deliver over HTTP: Elasticsearch, Loki, S3, any server.
@MainLoop public enum HTTPSinks {
    /// What all of them need.
    @MainLoop public struct Surroundings {
        /// The service's settings.
        public var service: ServiceSettings
        /// The accounts.
        public var books: Books
        /// Where refused records go.
        public var deadLetters: (any DeadLetters)?
        /// Where sinks tell what happens.
        public var journal: Journal

        /// Names them.
        public init(
            service: ServiceSettings,
            books: Books,
            deadLetters: (any DeadLetters)?,
            journal: Journal = .silent
        ) {
            self.service = service
            self.books = books
            self.deadLetters = deadLetters
            self.journal = journal
        }
    }

    /// Makes a sink; nil if it is of another family.
    public static func make(_ sink: SinkSettings, _ around: Surroundings) -> (any Sink)? {
        var settings = DeliverySettings(sink, service: around.service)
        switch sink.kind {
        case .elasticsearch(let kind):
            settings.concurrency = kind.request.concurrency
            return make(sink, settings, kind.request, ElasticsearchForm(kind), around)
        case .loki(let kind):
            settings.concurrency = kind.request.concurrency
            var request = kind.request
            for place in request.endpoints.indices
            where ["", "/"].contains(request.endpoints[place].path) {
                request.endpoints[place].path = "/loki/api/v1/push"
            }
            return make(sink, settings, request, LokiForm(kind), around)
        case .http(let kind):
            settings.concurrency = kind.request.concurrency
            if kind.framing == .single { settings.batchRecords = 1 }
            return make(sink, settings, kind.request, HTTPForm(kind), around)
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
            return make(sink, settings, request, form, around, keys)
        case .forward, .syslog, .socket, .file, .console, .postgres, .sqlite, .nowhere: return nil
        }
    }

    private static func make<Form: RequestForm>(
        _ sink: SinkSettings,
        _ settings: DeliverySettings,
        _ request: RequestSettings,
        _ form: Form,
        _ around: Surroundings,
        _ keys: AWSSignature.Credentials? = nil
    ) -> any Sink {
        var source: AWSCredentialSource?
        if case .aws(let region, _)? = request.authentication {
            source = AWSCredentialSource(keys, region: region)
        }
        let spool = sink.buffer.directory.map { Spool(directory: $0, limit: sink.buffer.disk) }
        return DeliverySink(
            id: sink.id,
            carrier: HTTPCarrier(request, form: form, credentials: source),
            settings: settings,
            whenFull: sink.buffer.whenFull,
            spool: spool,
            books: around.books,
            deadLetters: around.deadLetters,
            seed: Random.number(),
            journal: around.journal
        )
    }
}
