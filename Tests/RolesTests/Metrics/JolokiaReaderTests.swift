import Testing

@testable import Roles

/// What Jolokia 1.7.1 in a Java 17 answered, cut to what matters.
@Suite("Answers of Jolokia") struct JolokiaReaderTests {
    private static func request(_ rest: String) -> String {
        #"{"request":{\#(rest),"type":"read"},"#
    }
    private static let end = #","timestamp":1795358630,"status":200}"#

    private static func read(_ text: String) throws -> (lines: [String], report: ReadReport) {
        var set = SampleSet()
        var report = ReadReport()
        let format = try MetricFormat.auto.read(Array(text.utf8), into: &set, &report)
        #expect(format == .jolokia)
        return (lines(set), report)
    }

    private static let table = #"""
        {"one":{"db":{"kind":"db","pool":"one","used":1}},"two":{"web":{"kind":"web","pool":"two","used":2}}}
        """#

    @Test(
        arguments: [
            // One number, by a path.
            (
                request(
                    #""path":"used","mbean":"java.lang:type=Memory","attribute":"HeapMemoryUsage""#
                )
                    + #""value":12505088"# + end,
                ["java_lang_memory_heap_memory_usage_used 12505088"]
            ),
            // Composite data.
            (
                request(#""mbean":"java.lang:type=Memory","attribute":"HeapMemoryUsage""#)
                    + #""value":{"init":398458880,"max":-1,"used":12505088}"# + end,
                [
                    "java_lang_memory_heap_memory_usage_init 398458880",
                    "java_lang_memory_heap_memory_usage_max -1",
                    "java_lang_memory_heap_memory_usage_used 12505088",
                ]
            ),
            // All attributes: names of objects, texts and nothing are left out; arrays get an index.
            (
                request(#""mbean":"java.lang:type=Threading""#)
                    + #""value":{"ThreadCount":8,"AllThreadIds":[2,3],"ThreadCpuTimeEnabled":true,"#
                    + #""ObjectName":{"objectName":"java.lang:type=Threading"},"Nothing":null}"#
                    + end,
                [
                    "java_lang_threading_thread_count 8",
                    #"java_lang_threading_all_thread_ids{index="0"} 2"#,
                    #"java_lang_threading_all_thread_ids{index="1"} 3"#,
                    "java_lang_threading_thread_cpu_time_enabled 1",
                ]
            ),
            // A list of attributes.
            (
                request(
                    #""mbean":"java.lang:type=Threading","attribute":["ThreadCount","DaemonThreadCount"]"#
                )
                    + #""value":{"ThreadCount":8,"DaemonThreadCount":6}"# + end,
                ["java_lang_threading_thread_count 8", "java_lang_threading_daemon_thread_count 6"]
            ),
            // A pattern.
            (
                request(
                    #""mbean":"java.lang:type=GarbageCollector,*","attribute":"CollectionCount""#
                )
                    + #""value":{"java.lang:name=G1 Young Generation,type=GarbageCollector":{"CollectionCount":3},"#
                    + #""java.lang:name=G1 Old Generation,type=GarbageCollector":{"CollectionCount":0}}"#
                    + end,
                [
                    #"java_lang_garbage_collector_collection_count{name="G1 Young Generation"} 3"#,
                    #"java_lang_garbage_collector_collection_count{name="G1 Old Generation"} 0"#,
                ]
            ),
            // A path into a pattern's values.
            (
                request(
                    #""path":"*\/*\/used","mbean":"java.lang:name=*,type=MemoryPool","attribute":"Usage""#
                )
                    + #""value":{"java.lang:name=Metaspace,type=MemoryPool":{"Usage":5631376},"#
                    + #""java.lang:name=CodeHeap 'non-nmethods',type=MemoryPool":{"Usage":1193344}}"#
                    + end,
                [
                    #"java_lang_memory_pool_usage_used{name="Metaspace"} 5631376"#,
                    #"java_lang_memory_pool_usage_used{name="CodeHeap 'non-nmethods'"} 1193344"#,
                ]
            ),
            // Tabular data, alone and among others; quoted names.
            (
                request(#""mbean":"shop:type=Quirks,*","attribute":"Table""#)
                    + #""value":{"shop:name=\"a,b=c\",scope=x,type=Quirks":{"Table":\#(table)}}"#
                    + end,
                [
                    #"shop_quirks_table_used{kind="db",name="a,b=c",pool="one",scope="x"} 1"#,
                    #"shop_quirks_table_used{kind="web",name="a,b=c",pool="two",scope="x"} 2"#,
                ]
            ),
            (
                request(#""mbean":"shop:name=plain","attribute":["Rows","Table","Deep"]"#)
                    + #""value":{"Table":\#(table),"Deep":{"99%":0.25,"50%":0.125},"#
                    + #""Rows":[{"kind":"db","pool":"one","used":7},{"kind":"web","pool":"two","used":8}]}"#
                    + end,
                [
                    #"shop_table_used{kind="db",name="plain",pool="one"} 1"#,
                    #"shop_table_used{kind="web",name="plain",pool="two"} 2"#,
                    #"shop_deep_99{name="plain"} 0.25"#, #"shop_deep_50{name="plain"} 0.125"#,
                    #"shop_rows_used{index="0",name="plain"} 7"#,
                    #"shop_rows_used{index="1",name="plain"} 8"#,
                ]
            ),
            // A column that is called as a property.
            (
                request(#""mbean":"a:name=x","attribute":"T""#)
                    + #""value":{"y":{"name":"y","n":1}}"# + end,
                [#"a_t_n{name="x",row_name="y"} 1"#]
            ),
            // History.
            (
                request(#""mbean":"java.lang:type=Runtime","attribute":"Uptime""#)
                    + #""history":[{"value":40086,"timestamp":1795358630}],"value":40222"# + end,
                ["java_lang_runtime_uptime 40222"]
            ),
            // Errors that were to be ignored, and numbers that Java has and JSON has not.
            (
                request(#""mbean":"shop:name=plain""#)
                    + #""value":{"Broken":"ERROR: java.lang.IllegalStateException: no \"value\" today","NaN":null,"#
                    + #""Big":{"bigint":"123456789012345678901234567890"},"Huge":9223372036854775807}"#
                    + end,
                [#"shop_huge{name="plain"} 9.223372036854776e+18"#]
            ),
            // An operation.
            (
                #"{"request":{"mbean":"a:type=B","type":"exec","operation":"count"},"value":5"#
                    + end,
                ["a_b 5"]
            ),
            // A star in quotes is no pattern.
            (
                request(#""mbean":"a:type=B,name=\"x\\*\"""#) + #""value":{"N":1}"# + end,
                [#"a_b_n{name="x*"} 1"#]
            ),
        ] as [(String, [String])]
    )
    func `values get names and labels`(_ text: String, _ wanted: [String]) throws {
        let (lines, report) = try Self.read(text)
        #expect(lines == wanted)
        #expect(report.problems == 0)
    }

    @Test func `of several answers those that failed are counted`() throws {
        let (lines, report) = try Self.read(
            "[" + Self.request(#""mbean":"java.lang:type=Runtime","attribute":"Uptime""#)
                + #""value":38595"#
                + Self.end + #","#
                + #"{"request":{"mbean":"no:such=bean","type":"read"},"stacktrace":"x","error_type":"E","#
                + #""error":"javax.management.InstanceNotFoundException : no:such=bean","status":404},"#
                + #"{"request":{"type":"list"},"value":{"attr":{"x":{"rw":true}}}"# + Self.end
                + #",{"error_type":"E","error":"no request","status":400}]"#
        )
        #expect(lines == ["java_lang_runtime_uptime 38595"])
        #expect(report.problems == 3)
        #expect(report.first?.what.contains(#"no value of "no:such=bean""#) == true)
    }

    @Test(
        arguments: [
            (
                #"{"request":{"mbean":"no:such=bean","type":"read"},"error_type":"E","error":"none","status":404}"#,
                #"Jolokia has no value of "no:such=bean": none"#
            ),
            (
                #"{"stacktrace":"x","error_type":"E","error":"Invalid JSON request","status":400}"#,
                "Jolokia has no answer: Invalid JSON request"
            ),
            (
                #"{"request":{"type":"version"},"value":{"agent":"1.7.1","protocol":"7.2"}"# + end,
                #"an answer to "version" has no values; ask with the type read"#
            ),
            (
                request(#""path":"used","mbean":"a:*","attribute":"U""#) + #""value":null"# + end,
                "Jolokia's answer holds no number"
            ),
        ] as [(String, String)]
    )
    func `an answer without any value is a failure`(_ text: String, _ why: String) {
        var set = SampleSet()
        var report = ReadReport()
        #expect(throws: ReadProblem(why)) {
            try MetricFormat.auto.read(Array(text.utf8), into: &set, &report)
        }
    }
}
