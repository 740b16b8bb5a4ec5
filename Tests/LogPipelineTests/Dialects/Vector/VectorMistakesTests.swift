import Formats
import Testing

@testable import LogPipeline

@Suite("Vector: mistakes") struct VectorMistakesTests {
    private static let sink =
        "\n[sinks.out]\ntype = \"console\"\ninputs = [\"in\"]\nencoding.codec = \"json\""
    private static let source = "[sources.in]\ntype = \"stdin\"\n"

    private func errors(_ text: String, isLenient: Bool = false) -> [String] {
        do throws(ConfigurationErrors) {
            _ = try LogConfigurations.read(
                Array(text.utf8),
                name: "v.toml",
                dialect: .vector,
                surroundings: LogSurroundings(isLenient: isLenient)
            )
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test(arguments: [
        ("", "there are no sources"), ("[sources]", "there are no sources"),
        ("[sources.a]", "v.toml:1:1: sources.a: \"type\" is missing"),
        (
            "[sources.a]\ntype = \"fiel\"",
            "the source \"fiel\" is not known; did you mean \"file\"?"
        ),
        (
            "[sources.a]\ntype = 'kafka'",
            "v.toml:2:1: sources.a.type: the source kafka is not supported"
        ),
        ("[sources.a]\ntype = \"file\"", "sources.a: \"include\" is missing"),
        ("[sources.a]\ntype = \"file\"\ninclude = []", "it names no file"),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nexlude = []",
            "did you mean \"exclude\"?"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nread_from = \"start\"",
            "not one of beginning, end"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nmax_line_bytes = \"big\"",
            "a whole number is expected"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nmax_line_bytes = 0",
            "0 is out of range"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nignore_older_secs = -1",
            "is no duration"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nencoding.charset = \"klingon\"",
            "\"klingon\" is not supported"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nmultiline.mode = \"halt\"",
            "continue_past, halt_before, halt_with"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nmultiline = {start_pattern = \"(\", mode = \"halt_with\", condition_pattern = \"x\", timeout_ms = 1}",
            "no regular expression"
        ),
        (
            "[sources.a]\ntype = \"file\"\ninclude = [\"x\"]\nfingerprint.strategy = \"inode\"",
            "checksum, device_and_inode"
        ),
        ("[sources.a]\ntype = \"socket\"\nmode = \"tcp\"", "\"address\" is missing"),
        (
            "[sources.a]\ntype = \"socket\"\nmode = \"tcp\"\naddress = \"9000\"",
            "\"9000\" is no address"
        ),
        (
            "[sources.a]\ntype = \"socket\"\nmode = \"tcp\"\naddress = \"systemd#1\"",
            "sockets of systemd"
        ),
        ("[sources.a]\ntype = \"socket\"\naddress = \"a:1\"", "\"mode\" is missing"),
        ("[sources.a]\ntype = \"syslog\"\nmode = \"tls\"", "\"tls\" is not one of tcp, udp, unix"),
        ("[sources.a]\ntype = \"syslog\"\nmode = \"unix\"", "\"path\" is missing"),
        (
            "[sources.a]\ntype = \"stdin\"\ndecoding.codec = \"gelf\"",
            "decoding gelf is not supported"
        ),
        ("[sources.a]\ntype = \"stdin\"\ndecoding.codec = \"jsn\"", "did you mean \"json\"?"),
        (
            "[sources.a]\ntype = \"stdin\"\nframing.method = \"length_delimited\"",
            "framing length_delimited is not supported"
        ),
        ("[sources.a]\ntype = \"exec\"\nmode = \"streaming\"\ncommand = []", "it names no program"),
        ("[sources.a]\ntype = \"exec\"\ncommand = [\"a\"]", "\"mode\" is missing"),
        ("[sources.a]\ntype = \"demo_logs\"\nformat = \"shuffle\"", "shuffle needs \"lines\""),
        (
            "[sources.a]\ntype = \"http_server\"\naddress = \"0.0.0.0:80\"\ntls.enabled = true",
            "\"crt_file\" is missing"
        ),
        ("[sources.\"a.b\"]\ntype = \"stdin\"", "\"a.b\" is no name for a component"),
        ("sources = 1", "a map is expected, not an integer"),
        ("[source.a]", "the key \"source\" is not known; did you mean \"sources\"?"),
        ("data_dri = \"/x\"", "did you mean \"data_dir\"?"),
        ("timezone = [1]", "a text is expected, not a list"),
        ("[schema]\nlog_namespace = true", "it is not supported"), ("[sources.a", "not closed"),
        ("[proxy]\nhttp = \"http://p\"", "proxies are not supported"),
    ])
    func `of sources and the whole are named`(text: String, word: String) {
        let errors = errors(text)
        #expect(errors.contains { $0.contains(word) }, "\(errors)")
    }

    @Test(arguments: [
        ("type = \"remap\"\nsource = \".\"", "\"inputs\" is missing"),
        ("type = \"remap\"\ninputs = []\nsource = \".\"", "has no inputs"),
        (
            "type = \"remap\"\ninputs = [\"inn\"]\nsource = \".\"",
            "v.toml:5:11: transforms.t.inputs[0]: there is no source or transform \"inn\"; did you mean \"in\"?"
        ),
        ("type = \"remap\"\ninputs = [\"in\", \"in\"]\nsource = \".\"", "is named twice"),
        ("type = \"remap\"\ninputs = [\"t\"]\nsource = \".\"", "\"t\" cannot take in itself"),
        (
            "type = \"remap\"\ninputs = [\"x*\"]\nsource = \".\"",
            "no source or transform fits the pattern \"x*\""
        ),
        (
            "type = \"remap\"\ninputs = [\"in.out\"]\nsource = \".\"",
            "there is no output \"in.out\"; it has one output, \"in\""
        ),
        ("type = \"remap\"\ninputs = [\"out\"]\nsource = \".\"", "\"out\" is a sink"),
        ("type = \"remap\"\ninputs = [\"in\"]", "one of \"source\", \"file\", \"files\" is needed"),
        ("type = \"remap\"\ninputs = [\"in\"]\nsource = \".\"\nfile = \"x\"", "exclude each other"),
        ("type = \"remap\"\ninputs = [\"in\"]\nfile = \"x.vrl\"", "the file x.vrl cannot be read"),
        (
            "type = \"remap\"\ninputs = [\"in\"]\nsource = \".\"\ndrop_on_eror = true",
            "did you mean \"drop_on_error\"?"
        ),
        (
            "type = \"remap\"\ninputs = [\"in\"]\nsource = \".\"\ndrop_on_error = \"yes\"",
            "true or false is expected"
        ),
        ("type = \"filter\"\ninputs = [\"in\"]", "\"condition\" is missing"),
        (
            "type = \"filter\"\ninputs = [\"in\"]\ncondition.type = \"check_fields\"",
            "type check_fields are not supported"
        ),
        (
            "type = \"filter\"\ninputs = [\"in\"]\ncondition.type = \"vlr\"\ncondition.source = \"true\"",
            "did you mean \"vrl\"?"
        ),
        ("type = \"filter\"\ninputs = [\"in\"]\ncondition.type = \"vrl\"", "\"source\" is missing"),
        ("type = \"route\"\ninputs = [\"in\"]", "\"route\" is missing"),
        (
            "type = \"route\"\ninputs = [\"in\"]\nroute._unmatched = \"true\"",
            "a name that routes cannot have"
        ),
        (
            "type = \"exclusive_route\"\ninputs = [\"in\"]\nroutes = [{name = \"a\"}]",
            "\"condition\" is missing"
        ),
        (
            "type = \"exclusive_route\"\ninputs = [\"in\"]\nroutes = [{name = \"a\", condition = \"true\"}, {name = \"a\", condition = \"true\"}]",
            "another route \"a\""
        ),
        ("type = \"sample\"\ninputs = [\"in\"]", "one of \"rate\", \"ratio\" is needed"),
        ("type = \"sample\"\ninputs = [\"in\"]\nrate = 2\nratio = 0.5", "exclude each other"),
        ("type = \"sample\"\ninputs = [\"in\"]\nratio = 1.5", "at most 1"),
        ("type = \"sample\"\ninputs = [\"in\"]\nrate = 0", "0 is out of range"),
        ("type = \"dedupe\"\ninputs = [\"in\"]\nfields.matches = []", "did you mean \"match\"?"),
        ("type = \"throttle\"\ninputs = [\"in\"]\nthreshold = 1", "\"window_secs\" is missing"),
        (
            "type = \"throttle\"\ninputs = [\"in\"]\nthreshold = 1\nwindow_secs = 0",
            "it must not be zero"
        ),
        (
            "type = \"reduce\"\ninputs = [\"in\"]\nmerge_strategies.a = \"concatt\"",
            "did you mean concat?"
        ),
        (
            "type = \"reduce\"\ninputs = [\"in\"]\nstarts_when = \"true\"\nends_when = \"true\"",
            "exclude each other"
        ),
        (
            "type = \"lua\"\ninputs = [\"in\"]",
            "the transform lua is not supported; write it as a remap transform"
        ),
        ("type = \"remapp\"\ninputs = [\"in\"]", "did you mean \"remap\"?"),
    ])
    func `of transforms are named`(text: String, word: String) {
        let errors = errors(Self.source + "[transforms.t]\n" + text + Self.sink)
        #expect(errors.contains { $0.contains(word) }, "\(errors)")
    }

    @Test(arguments: [
        ("type = \"console\"", "\"encoding\" is missing; write encoding.codec = \"json\""),
        ("type = \"console\"\nencoding = {}", "\"codec\" is missing"),
        ("type = \"console\"\nencoding.codec = \"jsn\"", "did you mean \"json\"?"),
        ("type = \"console\"\nencoding.codec = \"avro\"", "the codec avro is not supported"),
        ("type = \"console\"\nencoding.codec = \"csv\"", "csv needs to know its fields"),
        (
            "type = \"console\"\nencoding.codec = \"json\"\nencoding.json.pretty = true",
            "a record is one line"
        ),
        ("type = \"console\"\ntarget = \"out\"\nencoding.codec = \"json\"", "stdout, stderr"),
        ("type = \"file\"\nencoding.codec = \"json\"", "\"path\" is missing"),
        (
            "type = \"file\"\npath = \"/x\"\nencoding.codec = \"json\"\ncompression = \"gzip\"",
            "compressed while they are written"
        ),
        ("type = \"http\"\nencoding.codec = \"json\"", "\"uri\" is missing"),
        ("type = \"http\"\nencoding.codec = \"json\"\nuri = \"ftp://x\"", "no address of HTTP"),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x:99999\"",
            "no address of HTTP"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x/{{ a }}\"",
            "templates in addresses"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nauth.strategy = \"basic\"",
            "\"user\" is missing"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nauth.strategy = \"token\"",
            "basic, bearer, aws, custom"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://u:p@x\"\nauth = {strategy = \"bearer\", token = \"t\"}",
            "name and password as well"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nrequest.headers.\"a b\" = \"c\"",
            "is no header field"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nrequest.headers.a = \"b\\nc\"",
            "is no header field"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nmethod = \"send\"",
            "get, head, post"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\ncompression = \"lz4\"",
            "none, gzip, zlib, zstd"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nbatch.max_event = 1",
            "did you mean \"max_events\"?"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nbuffer.type = \"disk\"",
            "\"max_size\" is missing"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nbuffer = {type = \"disk\", max_size = 10}",
            "268435488"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\ntls.key_file = \"/k\"",
            "no crt_file for the key"
        ),
        (
            "type = \"http\"\nencoding.codec = \"json\"\nuri = \"http://x\"\nrequest.concurrency = \"fast\"",
            "a whole number"
        ),
        ("type = \"elasticsearch\"", "\"endpoints\" is missing"),
        ("type = \"elasticsearch\"\nendpoints = [\"http://x\"]\nindex = \"a\"", "write bulk.index"),
        (
            "type = \"elasticsearch\"\nendpoints = [\"http://x\"]\nbulk.index = \"\"",
            "it must not be empty"
        ),
        (
            "type = \"elasticsearch\"\nendpoints = [\"http://x\"]\nbulk.action = \"{{ a }}\"",
            "templates for actions"
        ),
        (
            "type = \"elasticsearch\"\nendpoints = [\"http://x\"]\nmode = \"stream\"",
            "bulk, data_stream"
        ),
        (
            "type = \"elasticsearch\"\nendpoints = [\"http://x\"]\nauth.strategy = \"aws\"",
            "the region is missing"
        ),
        (
            "type = \"loki\"\nendpoint = \"http://x\"\nencoding.codec = \"json\"",
            "Loki needs one label"
        ),
        (
            "type = \"loki\"\nendpoint = \"http://x\"\nencoding.codec = \"json\"\nlabels.0a = \"x\"",
            "no name for a label"
        ),
        ("type = \"loki\"\nencoding.codec = \"json\"\nlabels.a = \"x\"", "\"endpoint\" is missing"),
        ("type = \"aws_s3\"\nencoding.codec = \"json\"\nregion = \"x\"", "\"bucket\" is missing"),
        (
            "type = \"aws_s3\"\nencoding.codec = \"json\"\nbucket = \"x\"",
            "one of \"region\", \"endpoint\" is needed"
        ),
        (
            "type = \"aws_s3\"\nencoding.codec = \"json\"\nbucket = \"x\"\nregion = \"y\"\nauth.assume_role = \"z\"",
            "give the pod a role"
        ),
        (
            "type = \"aws_s3\"\nencoding.codec = \"json\"\nbucket = \"x\"\nregion = \"y\"\nauth.access_key_id = \"z\"",
            "belong together"
        ),
        ("type = \"socket\"\nencoding.codec = \"json\"\nmode = \"tcp\"", "\"address\" is missing"),
        (
            "type = \"socket\"\nencoding.codec = \"json\"\nmode = \"tcp\"\naddress = \"host\"",
            "is no address"
        ),
        ("type = \"vector\"\naddress = \"x:1\"", "the sink vector is not supported; use fluent"),
        ("type = \"consol\"", "did you mean \"console\"?"),
        ("type = \"blackhole\"\nhealthchek = true", "did you mean \"healthcheck\"?"),
    ])
    func `of sinks are named`(text: String, word: String) {
        let errors = errors(Self.source + "[sinks.s]\ninputs = [\"in\"]\n" + text)
        #expect(errors.contains { $0.contains(word) }, "\(errors)")
    }

    @Test(arguments: [
        ("[[tests]]\nname = \"a\"", "\"inputs\" is missing"),
        (
            "[[tests]]\nname = \"a\"\n[[tests.inputs]]\ninsert_at = \"tt\"\nvalue = \"x\"",
            "there is no transform \"tt\"; did you mean \"t\"?"
        ),
        (
            "[[tests]]\nname = \"a\"\n[[tests.inputs]]\ninsert_at = \"t\"\ntype = \"log\"",
            "\"log_fields\" is missing"
        ),
        ("[[tests]]\nname = \"a\"\n[[tests.inputs]]\ninsert_at = \"t\"", "\"value\" is missing"),
        (
            "[[tests]]\nname = \"a\"\nno_outputs_from = [\"t.dropped\"]\n[[tests.inputs]]\ninsert_at = \"t\"\nvalue = \"x\"",
            "no transform has the output \"t.dropped\""
        ),
        (
            "[[tests]]\nname = \"a\"\n[[tests.inputs]]\ninsert_at = \"t\"\nvalue = \"x\"",
            "one of \"outputs\", \"no_outputs_from\" is needed"
        ),
        (
            "[[tests]]\nname = \"a\"\n[[tests.inputs]]\ninsert_at = \"t\"\ntype = \"metric\"",
            "metrics are not supported"
        ),
    ])
    func `of tests are named`(text: String, word: String) {
        let transform = "[transforms.t]\ntype = \"remap\"\ninputs = [\"in\"]\nsource = \".\"\n"
        let sink = "[sinks.out]\ntype = \"blackhole\"\ninputs = [\"t\"]\n"
        let errors = errors(Self.source + transform + sink + text)
        #expect(errors.contains { $0.contains(word) }, "\(errors)")
    }

    @Test func `circles are refused`() {
        let text =
            Self.source + """
                [transforms.a]
                type = "filter"
                condition = "true"
                inputs = ["in", "c"]
                [transforms.b]
                type = "filter"
                condition = "true"
                inputs = ["a"]
                [transforms.c]
                type = "filter"
                condition = "true"
                inputs = ["b"]
                [sinks.out]
                type = "blackhole"
                inputs = ["c"]
                """
        #expect(
            errors(text) == [
                "v.toml:3:1: transforms.a: transforms take in each other: b -> c -> a -> b"
            ]
        )
    }

    @Test func `two components of one name are refused`() {
        let text = Self.source + "[sinks.in]\ntype = \"blackhole\"\ninputs = [\"in\"]"
        #expect(
            errors(text).first?.contains("another component with the name \"in\" at v.toml:1")
                == true
        )
    }

    @Test func `lenience takes what is unknown or not supported`() throws {
        let text =
            Self.source + """
                unknown = 1
                [sources.k]
                type = "kafka"
                topics = ["a"]
                [transforms.m]
                type = "filter"
                condition = "true"
                inputs = ["k"]
                [sinks.kept]
                type = "console"
                encoding.codec = "json"
                inputs = ["in", "k*"]
                [sinks.gone]
                type = "blackhole"
                inputs = ["m"]
                """
        let result = try LogConfigurations.read(
            Array(text.utf8),
            name: "v.toml",
            surroundings: LogSurroundings(isLenient: true)
        )
        #expect(result.configuration.sources.map(\.id) == ["in"])
        #expect(result.configuration.transforms.isEmpty)
        #expect(result.configuration.sinks.map(\.id) == ["kept"])
        #expect(result.configuration.sinks[0].inlet.from == ["in"])
        #expect(
            result.warnings.map(\.description) == [
                "v.toml:3:1: sources.in: the key \"unknown\" is not known",
                "v.toml:5:1: sources.k.type: the source kafka is not supported",
                "v.toml:7:1: transforms.m: it is left out, because nothing comes to it",
                "v.toml:15:1: sinks.gone: it is left out, because nothing comes to it",
            ]
        )
    }

    @Test func `what nothing takes in is a warning`() throws {
        let text = Self.source + "[sources.more]\ntype = \"stdin\"" + Self.sink
        let result = try LogConfigurations.read(Array(text.utf8), name: "v.toml", dialect: .vector)
        #expect(
            result.warnings.map(\.description) == [
                "v.toml:3:1: sources.more: nothing takes in \"more\"; name it in the inputs of a sink"
            ]
        )
    }
}
