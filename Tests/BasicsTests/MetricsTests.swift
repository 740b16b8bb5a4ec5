import Basics
import Testing

@Suite("Metrics") struct MetricsTests {
    @Test func `the text is what Prometheus reads`() {
        let registry = MetricsRegistry()
        registry.counter("remora_pods_total", help: "Pods by\nphase.", labels: ["phase": "Running"])
            .increment(by: 3)
        registry.counter("remora_pods_total", help: "", labels: ["phase": "a\"b\\c\n"]).increment()
        registry.gauge("remora_containers", help: "Running containers.").set(-2)
        let histogram = registry.histogram(
            "remora_start_seconds",
            help: "Start.",
            labels: ["step": "create"],
            bounds: [.milliseconds(100), .seconds(1)]
        )
        histogram.observe(.milliseconds(100))
        histogram.observe(.milliseconds(400))
        histogram.observe(.seconds(2))
        #expect(
            registry.text == """
                # HELP remora_containers Running containers.
                # TYPE remora_containers gauge
                remora_containers -2
                # HELP remora_pods_total Pods by\\nphase.
                # TYPE remora_pods_total counter
                remora_pods_total{phase="Running"} 3
                remora_pods_total{phase="a\\"b\\\\c\\n"} 1
                # HELP remora_start_seconds Start.
                # TYPE remora_start_seconds histogram
                remora_start_seconds_bucket{step="create",le="0.1"} 1
                remora_start_seconds_bucket{step="create",le="1.0"} 2
                remora_start_seconds_bucket{step="create",le="+Inf"} 3
                remora_start_seconds_sum{step="create"} 2.5
                remora_start_seconds_count{step="create"} 3

                """
        )
    }

    @Test func `the same name and labels are the same metric`() {
        let registry = MetricsRegistry()
        registry.counter("a_total", help: "A.", labels: ["x": "1", "y": "2"]).increment()
        registry.counter("a_total", help: "A.", labels: ["y": "2", "x": "1"]).increment()
        #expect(registry.counter("a_total", help: "A.", labels: ["x": "1", "y": "2"]).value == 2)
        #expect(registry.counter("a_total", help: "A.").value == 0)
    }

    @Test func `label sets beyond the limit are not shown and counted`() {
        let registry = MetricsRegistry(labelSetsMaximum: 2)
        for number in 0..<5 {
            registry.gauge("g", help: "G.", labels: ["n": "\(number)"]).set(1)
        }
        #expect(registry.refused.value == 3)
        #expect(registry.text.split(separator: "\n").count == 4)
        #expect(registry.gauge("g", help: "G.", labels: ["n": "1"]).value == 1)
    }

    @Test func `threads lose no counts`() async {
        let counter = Counter()
        let tasks = (0..<8).map { _ in
            Task { @concurrent in for _ in 0..<1000 { counter.increment() } }
        }
        for task in tasks { await task.value }
        #expect(counter.value == 8000)
    }

    @Test func `a gauge goes up and down`() {
        let gauge = Gauge()
        gauge.add(5)
        gauge.add(-7)
        #expect(gauge.value == -2)
    }
}
