import Formats
import Testing

@testable import StandIn

/// Containers as public manifests and charts have them, retyped.
@Suite("Stand-ins, by what is found in the field") struct StandInFieldTests {
    /// A container, and the role that is wanted of it, or a part of the reason why there is none.
    struct Row: Sendable, CustomTestStringConvertible {
        var manifest: String
        var role: String?
        var reason: String

        init(_ manifest: String, _ role: String?, _ reason: String = "") {
            self.manifest = manifest
            self.role = role
            self.reason = reason
        }

        var testDescription: String { String(manifest.prefix(80)) }
    }

    private static let namespace = "$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)"

    // MARK: Init containers that wait

    static let waits: [Row] = [
        Row(
            "{image: 'busybox:1.28', command: [sh, -c, \"until nslookup myservice.\(namespace).svc.cluster.local; do echo waiting for myservice; sleep 2; done\"]}",
            "wait"
        ),
        Row(
            "{image: 'busybox:1.31', command: [sh, -c, 'until nslookup mydb; do echo waiting for mydb; sleep 2; done;']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c], args: [\"# Wait for Postgres\\nuntil nslookup x-postgres; do echo waiting; sleep 30; done\\necho \\\"found.\\\"\\n\\nuntil nslookup x-redis; do echo waiting; sleep 30; done\\n\"]}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'until nc -zv rabbitmq 5672; do echo waiting for rabbitmq; sleep 2; done;']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [/bin/sh, -c], args: [\"until (nc -vz api 5000);\\ndo\\n echo 'waiting for API'; sleep 1;\\ndone\\n\"]}",
            "wait"
        ),
        Row(
            "{image: 'alpine/curl', command: [sh, -c, 'until curl --fail --connect-timeout 5 http://configsvc.ns:8080/swagger.json; do sleep 2; done']}",
            "wait"
        ),
        Row(
            "{image: 'byrnedo/alpine-curl:0.1.8', command: [sh, -c, 'code=\"0\"; while [[ $code != \"200\" && $code != \"301\" ]]; do echo \"not ready, status $code\"; code=\"$(curl --insecure -s -o /dev/null -w ''''%{http_code}'''' http://arango:8529)\"; sleep 5; done']}",
            "wait"
        ),
        Row(
            "{image: 'curlimages/curl:8.1.2', command: [sh, -c, 'while [ \"$(curl -k -s -o /dev/null -w ''%{http_code}'' http://sales:8082/actuator/health)\" != \"200\" ]; do echo not started; sleep 2; done']}",
            "wait"
        ),
        Row(
            "{image: curlimages/curl, command: [/bin/sh], args: [-c, 'timeout 300s sh -c ''while [ \"$(curl -k -s -o /dev/null -w \"%{http_code}\" https://localhost/healthz)\" != \"200\" ]; do sleep 5; done''']}",
            "wait"
        ),
        Row(
            "{image: bash, command: [bash, -c, 'timeout 5m bash -c \"until curl -sf http://nn:9870; do echo Waiting; sleep 5; done\" || exit 1']}",
            "wait"
        ),
        Row(
            "{image: 'postgres:16-alpine', command: [sh, -c, 'until pg_isready -h ${DB_HOST} -p ${DB_PORT:-5432} -U \"$DB_USER\"; do echo Waiting; sleep 2; done'], env: [{name: DB_HOST, valueFrom: {secretKeyRef: {name: db, key: host}}}, {name: DB_USER, value: app}]}",
            "wait"
        ),
        Row(
            "{image: 'postgres:13', command: [sh, -c, 'until PGPASSWORD=$PGPASSWORD psql -h $(DB_HOST) -U postgres -c \"select 1\" > /dev/null 2>&1; do sleep 1; done'], env: [{name: PGPASSWORD, valueFrom: {secretKeyRef: {name: db, key: p}}}, {name: DB_HOST, value: db}]}",
            "wait"
        ),
        Row(
            "{image: 'bitnami/postgresql', command: [/bin/bash, -ec], args: ['for i in {1..60}; do pg_isready -h db && exit 0; sleep 2; done; exit 1']}",
            "wait"
        ),
        Row(
            "{image: 'mysql:8', command: [sh, -c, 'until mysqladmin ping -h \"$DB_HOST\" --silent; do echo waiting; sleep 2; done'], envFrom: [{configMapRef: {name: app}}]}",
            "wait"
        ),
        Row(
            "{image: 'mysql:8', command: [sh, -c, 'until mysql -h db -uroot -p$P -e \"SELECT 1\"; do sleep 2; done']}",
            nil,
            "no role logs in to MySQL"
        ),
        Row(
            "{image: 'redis:7', command: [sh, -c, 'until [ \"$(redis-cli -h redis-master -a $P ping)\" = \"PONG\" ]; do sleep 1; done'], env: [{name: P, value: x}]}",
            "wait"
        ),
        Row(
            "{image: 'redis:7-alpine', command: [sh, -c, 'until redis-cli -h redis ping | grep PONG; do sleep 1; done']}",
            "wait"
        ),
        Row(
            "{image: 'busybox:1.36', command: [sh, -c, 'for i in $(seq 1 30); do nc -z db 5432 && break; echo \"try $i\"; sleep 1; done']}",
            "wait"
        ),
        Row(
            "{image: 'busybox:1.36', command: [sh, -c, 'n=0; while [ $n -lt 30 ]; do if nc -z -w 2 kafka 9092; then exit 0; fi; n=$((n+1)); sleep 5; done; echo timed out; exit 1']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'wait_for() { until nc -z \"$1\" \"$2\"; do echo \"$1:$2\"; sleep 1; done; }; wait_for zookeeper 2181; wait_for kafka 9092']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'for s in web api; do until wget -q --spider http://$s:8080/healthz; do sleep 1; done; done']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c, --], args: ['status=1; while [ $status != 0 ]; do sleep 30; status=`nc -z is-docker 9446 < /dev/null; echo $?`; done;']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'until wget -qO- http://es:9200/_cluster/health | grep -q -E \"green|yellow\"; do sleep 3; done']}",
            "wait"
        ),
        Row(
            "{image: curlimages/curl, command: [sh, -c, 'until curl -s -k https://es:9200 | grep -q \"missing authentication credentials\"; do sleep 30; done;']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'while [ ! -f /shared/migrated ]; do sleep 1; done']}",
            "wait"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'sleep 5 && nslookup web-0.web-svc.default.svc.cluster.local']}",
            "wait"
        ),
        Row(
            "{image: 'origin-cli', command: [sh], args: [-c, \"until getent hosts assisted.\(namespace).svc.cluster.local; do echo waiting; sleep 2; done\"]}",
            "wait"
        ),
        Row(
            "{image: 'jwilder/dockerize:0.6.1', args: [-wait, 'tcp://db:5432', -wait, 'http://web:80', -timeout, 60s]}",
            "wait"
        ),
        Row(
            "{image: 'jwilder/dockerize', command: [dockerize, '-wait=tcp://db:5432', -timeout, 60s, python, app.py]}",
            nil,
            "then runs python"
        ),
        Row(
            "{image: 'jwilder/dockerize', command: [dockerize, -template, '/a.tmpl:/a', -wait, 'tcp://db:1']}",
            nil,
            "templates of Go"
        ),
        Row("{image: 'willwill/wait-for-it', args: ['db:5432', -t, '60']}", "wait"),
        Row(
            "{image: 'ghcr.io/groundnuty/k8s-wait-for:v1.6', args: [job, migrate]}",
            nil,
            "Kubernetes API"
        ),
        Row(
            "{image: 'bitnami/kubectl', command: [kubectl, wait, --for=condition=complete, job/x]}",
            nil,
            "Kubernetes API"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'until ping -c1 db; do sleep 1; done']}",
            nil,
            "ICMP"
        ),
        Row(
            "{image: mongo, command: [sh, -c, 'until mongosh --host m --eval \"1\"; do sleep 2; done']}",
            nil,
            "MongoDB"
        ),
        Row(
            "{image: rabbitmq, command: [sh, -c, 'until rabbitmq-diagnostics -q ping; do sleep 2; done']}",
            nil,
            "RabbitMQ"
        ),
        Row(
            "{image: myapp, command: [sh, -c, 'until nc -z db 5432; do sleep 1; done; exec gunicorn app']}",
            nil,
            "gunicorn"
        ),
        Row(
            "{image: alpine, command: [sh, -c, 'apk add --no-cache postgresql-client && until pg_isready -h db; do sleep 1; done']}",
            nil,
            "nothing can be installed"
        ),
    ]

    // MARK: Fetchers and other init containers

    static let others: [Row] = [
        Row(
            "{image: 'busybox:1.28', command: [wget, -O, /work-dir/index.html, 'http://info.cern.ch']}",
            "fetch"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'wget -q -O /plugins/a.jar https://repo/a.jar && wget -q -O /plugins/b.jar https://repo/b.jar']}",
            "fetch"
        ),
        Row(
            "{image: curlimages/curl, args: [-sSfL, -o, /data/model.bin, 'https://host/model.bin']}",
            "fetch"
        ),
        Row(
            "{image: curlimages/curl, command: [sh, -c, 'for f in a b; do curl -sSL -o /out/$f https://host/$f; done']}",
            "fetch"
        ),
        Row(
            "{image: curlimages/curl, command: [sh, -c, 'until curl -fsS -o /config/app.json http://config/app; do echo retry; sleep 3; done']}",
            "fetch"
        ),
        Row(
            "{image: curlimages/curl, command: [curl, -x, 'http://proxy:3128', -o, /a, 'http://b']}",
            nil,
            "option -x"
        ),
        Row(
            "{image: curlimages/curl, command: [sh, -c, 'curl -s http://a | tar xz -C /data']}",
            nil,
            "\"tar\""
        ),
        Row(
            "{image: alpine/git, args: [clone, --depth=1, 'https://github.com/a/b', /src]}",
            nil,
            "cloning"
        ),
        Row(
            "{image: 'registry.k8s.io/git-sync/git-sync:v4.2.1', args: ['--repo=https://github.com/a/b', --period=30s]}",
            nil,
            "git repository"
        ),
        Row(
            "{image: amazon/aws-cli, command: [aws, s3, cp, 's3://b/k', /data]}",
            nil,
            "object stores"
        ),
        Row(
            "{image: busybox, command: [sh, -c, 'chown -R 1000:1000 /data']}",
            nil,
            "no role changes files"
        ),
        Row(
            "{image: busybox, command: [sysctl, -w, vm.max_map_count=262144]}",
            nil,
            "the kernel's settings"
        ),
        Row(
            "{image: 'busybox:1.28', command: [sh, -c, 'echo The app is running! && sleep 3600']}",
            "wait"
        ),
        Row(
            "{image: myapp, command: [sh, -c, 'echo started; sleep 3600']}",
            nil,
            "may be an application"
        ),
        Row("{image: busybox, command: [sleep, infinity]}", "sleep"),
        Row("{image: 'registry.k8s.io/pause:3.9'}", "pause"),
    ]

    // MARK: Sidecars

    static let sidecars: [Row] = [
        Row("{image: 'busybox:1.28', args: [/bin/sh, -c, 'tail -n+1 -F /var/log/1.log']}", "logs"),
        Row(
            "{image: busybox, args: [/bin/sh, -c, 'tail -n+1 -f /var/log/a.log /var/log/b.log']}",
            "logs"
        ),
        Row(
            "{image: busybox, args: [/bin/sh, -c, 'tail -F /var/log/a.log | grep -v healthz']}",
            "logs"
        ),
        Row(
            "{image: busybox, args: [/bin/sh, -c, 'tail -F /var/log/a.log | sed s/a/b/']}",
            nil,
            "go into sed"
        ),
        Row(
            "{image: 'fluent/fluent-bit:2.2', volumeMounts: [{name: c, mountPath: /fluent-bit/etc/}]}",
            "logs"
        ),
        Row(
            "{image: 'fluent/fluentd:v1.16', volumeMounts: [{name: c, mountPath: /fluentd/etc}]}",
            "logs"
        ),
        Row(
            "{image: 'timberio/vector:0.34.0-alpine', args: [--config-dir, /etc/vector/], volumeMounts: [{name: c, mountPath: /etc/vector/}]}",
            "logs"
        ),
        Row(
            "{image: 'docker.elastic.co/beats/filebeat:8.11.0', args: [-c, /etc/filebeat.yml, -e]}",
            nil,
            "Filebeat"
        ),
        Row(
            "{image: 'grafana/promtail:2.9.0', args: [-config.file=/etc/promtail.yaml]}",
            nil,
            "Promtail"
        ),
        Row(
            "{image: 'jimmidyson/configmap-reload:v0.8.0', args: [--volume-dir=/etc/config, --webhook-url=http://127.0.0.1:9090/-/reload]}",
            "reload"
        ),
        Row(
            "{image: 'quay.io/prometheus-operator/prometheus-config-reloader:v0.70.0', args: [--listen-address=:8080, --reload-url=http://127.0.0.1:9090/-/reload, --config-file=/etc/p.yaml.gz, --config-envsubst-file=/out/p.yaml]}",
            "reload"
        ),
        Row(
            "{image: 'kiwigrid/k8s-sidecar:1.25', env: [{name: LABEL, value: grafana_dashboard}]}",
            nil,
            "collecting ConfigMaps"
        ),
        Row(
            "{image: 'nginx/nginx-prometheus-exporter:1.0', args: [--nginx.scrape-uri=http://localhost/stub_status]}",
            "metrics"
        ),
        Row("{image: 'oliver006/redis_exporter:v1.55'}", nil, "figures of Redis"),
        Row(
            "{image: 'quay.io/prometheuscommunity/postgres-exporter', env: [{name: DATA_SOURCE_NAME, value: x}]}",
            nil,
            "figures of PostgreSQL"
        ),
        Row(
            "{image: 'prom/statsd-exporter:v0.24.0', args: ['--statsd.listen-udp=:9125']}",
            nil,
            "taking StatsD"
        ),
        Row(
            "{image: 'envoyproxy/envoy:v1.28', command: [envoy], args: [-c, /etc/envoy/envoy.yaml], volumeMounts: [{name: c, mountPath: /etc/envoy}]}",
            "proxy"
        ),
        Row(
            "{image: 'envoyproxy/envoy:v1.28', ports: [{containerPort: 8443}], volumeMounts: [{name: t, mountPath: /etc/certs}]}",
            "proxy",
            "TLS is taken off on port 8443, and requests are sent to the application on localhost:8080"
        ),
        Row(
            "{image: 'nginx:1.25', ports: [{containerPort: 443}], volumeMounts: [{name: t, mountPath: /etc/nginx/ssl}], env: [{name: PORT, value: '3000'}]}",
            "proxy",
            "localhost:3000"
        ),
        Row(
            "{image: 'haproxy:2.8', env: [{name: PGHOST, value: db.example.com}]}",
            "proxy",
            "NO CONFIGURATION"
        ),
        Row("{image: 'haproxy:2.8', ports: [{containerPort: 5432}]}", nil, "NO CONFIGURATION"),
        Row(
            "{image: 'haproxy:2.8', args: [-f, /cfg/haproxy.cfg], volumeMounts: [{name: c, mountPath: /cfg}]}",
            "proxy"
        ),
        Row(
            "{image: 'envoyproxy/envoy:v1.28', args: [-c, /baked.yaml]}",
            nil,
            "in the image and nowhere mounted"
        ),
        Row("{image: 'nginx:alpine', ports: [{containerPort: 80}]}", nil, "an application"),
        Row(
            "{image: 'gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.8.0', args: [--port=5432, 'p:r:i']}",
            nil,
            "Cloud SQL"
        ),
        Row(
            "{image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.5', args: [--upstream=http://localhost:80]}",
            nil,
            "OpenID Connect"
        ),
        Row(
            "{image: 'quay.io/brancz/kube-rbac-proxy:v0.15', args: ['--upstream=http://127.0.0.1:8080/']}",
            nil,
            "Kubernetes API"
        ),
        Row(
            "{image: 'otel/opentelemetry-collector:0.90', args: [--config=/conf/c.yaml]}",
            nil,
            "OpenTelemetry"
        ),
        Row(
            "{image: 'hashicorp/vault:1.15', command: [vault, agent, -config=/v/c.hcl]}",
            nil,
            "agent of Vault"
        ),
        Row(
            "{image: 'bitnami/pgbouncer:1.21', env: [{name: POSTGRESQL_HOST, value: db}]}",
            nil,
            "PostgreSQL"
        ),
    ]

    @Test(arguments: waits + others + sidecars)
    func `a container of the field has its role, or its reason`(_ row: Row) throws {
        let document = try #require(try YAML.documents(in: Array(row.manifest.utf8)).first)
        let spec = JSON.object(["containers": .array([document.json])])
        let decision = StandInDecision.make(StandInRequest(container: document.json, of: spec))
        #expect(decision.standIn?.role == row.role, "\(decision.reasons)")
        if let program = decision.standIn?.program { #expect(StandIn.programs.contains(program)) }
        let reasons = decision.reasons.joined(separator: "; ")
        #expect(row.reason.isEmpty || reasons.contains(row.reason), "\(decision.reasons)")
    }
}
