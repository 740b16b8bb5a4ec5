import Testing

@testable import Roles

@Suite("Metrics of several roles") struct MetricsMergeTests {
    @Test func `each family has one HELP and TYPE, and its samples together`() {
        let a = """
            # HELP up Whether.
            # TYPE up gauge
            up{x="1"} 1
            # HELP took Seconds.
            # TYPE took histogram
            took_bucket{le="1"} 1
            took_sum 2
            took_count 3
            only_a 1

            """
        let b = """
            # HELP up Other words.
            # TYPE up gauge
            up{x="2"} 0
            # TYPE took histogram
            took_sum{y="} # \\" "} 5
            up_total 7

            """
        #expect(
            MetricsMerge.text([("a", a), ("b", b)]) == """
                # HELP up Whether.
                # TYPE up gauge
                up{x="1"} 1
                up{x="2"} 0
                # HELP took Seconds.
                # TYPE took histogram
                took_bucket{le="1"} 1
                took_sum 2
                took_count 3
                took_sum{y="} # \\" "} 5
                only_a 1
                up_total 7

                """
        )
    }

    @Test func `what every role has carries its name, and what the process has does not`() {
        let part = MetricsMerge.Part.init
        let text = "# TYPE hash gauge\nhash 1\ninfo{a=\"b\"} 1\n"
        #expect(
            MetricsMerge.text([part("", text, false), part("one", text, true)]) == """
                # TYPE hash gauge
                hash 1
                hash{role="one"} 1
                info{a="b"} 1
                info{a="b",role="one"} 1

                """
        )
    }

    @Test func `a series that two roles have gets their names`() {
        let text = "nginx_up 1\nx{a=\"b\"} 2\ny{} 3 1234\n"
        #expect(
            MetricsMerge.text([("one", text), ("two", text)]) == """
                nginx_up{role="one"} 1
                nginx_up{role="two"} 1
                x{a="b",role="one"} 2
                x{a="b",role="two"} 2
                y{role="one"} 3 1234
                y{role="two"} 3 1234

                """
        )
        #expect(MetricsMerge.text([("one", text)]) == text)
        #expect(MetricsMerge.text([MetricsMerge.Part]()).isEmpty)
    }
}
