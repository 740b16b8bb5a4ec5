// swift-tools-version: 6.2
import PackageDescription

// One table, read top to bottom: a target may import only what stands on its own line.
// `HouseTests` checks the imports in the sources against this table, because the build
// itself accepts an undeclared import of a transitive dependency.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .enableExperimentalFeature("Lifetimes"),
]
let strict: [SwiftSetting] =
    house + [
        .strictMemorySafety(), .treatAllWarnings(as: .error),
        // Overlapping accesses are looked for in debug builds, which all tests run; the check would cost
        // a proxied request more than its parsing does. The linker puts functions one by one, and leaves
        // out those that nothing calls.
        .unsafeFlags(
            [
                "-enforce-exclusivity=unchecked", "-cross-module-optimization", "-Xfrontend",
                "-function-sections",
            ],
            .when(configuration: .release)
        ),
    ]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}
func tool(
    _ name: String,
    _ dependencies: [Target.Dependency],
    linkerSettings: [LinkerSetting] = []
) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        swiftSettings: strict,
        linkerSettings: linkerSettings
    )
}
func tests(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.byName(name: name), "TestKit"] + dependencies,
        exclude: exclude,
        swiftSettings: house
    )
}

let package = Package(
    name: "remora",
    products: [
        .executable(name: "remora", targets: ["Remora"]),
        .executable(name: "companion", targets: ["Companion"]),
    ],
    targets: [
        // MARK: C, each imported by exactly one Swift module
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"])]
        ),
        .systemLibrary(
            name: "CNGHTTP2",
            pkgConfig: "libnghttp2",
            providers: [.apt(["libnghttp2-dev"])]
        ),
        .systemLibrary(
            name: "CPCRE2",
            pkgConfig: "libpcre2-8",
            providers: [.apt(["libpcre2-dev"])]
        ),
        .systemLibrary(
            name: "CCARES",
            pkgConfig: "libcares",
            providers: [.apt(["libc-ares-dev"])]
        ),
        .systemLibrary(name: "CZLIB", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZSTD", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CCRYPT",
            pkgConfig: "libcrypt",
            providers: [.apt(["libcrypt-dev"])]
        ),

        // MARK: Foundations
        library("Basics"),
        library("Formats", ["Basics", "CYAML", "CPCRE2", "CZLIB", "CZSTD"]),
        library("System", ["Basics", "CLinux"]),
        library("Security", ["Basics", "COpenSSL"]),
        library("Reactor", ["Basics", "System", "Security", "CCARES"]),
        library("HTTP", ["Basics", "Formats", "System", "Reactor", "Security", "CNGHTTP2"]),
        library("SQLite", ["Basics", "CSQLite"]),
        library("Postgres", ["Basics", "Formats", "System", "Security", "Reactor", "HTTP"]),
        library("StandIn", ["Basics", "Formats"]),
        library("Passwords", ["Formats", "Security", "CCRYPT"]),

        // MARK: Pods
        library("PodModel", ["Basics", "Formats"]),
        library("Manifests", ["Basics", "Formats", "PodModel"]),
        library("PodEngine", ["Basics", "Formats", "PodModel"]),
        library("ObjectStore", ["Basics", "Formats", "System", "Reactor", "SQLite"]),
        library(
            "NodeDrivers",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "StandIn", "PodModel",
                "PodEngine",
            ]
        ),
        library(
            "Node",
            [
                "Basics", "Formats", "System", "Reactor", "Records", "StandIn", "PodModel",
                "PodEngine", "ObjectStore", "NodeDrivers",
            ]
        ),
        library(
            "NodeAPI",
            [
                "Basics", "Formats", "Security", "Reactor", "HTTP", "PodModel", "Manifests",
                "ObjectStore",
            ]
        ),

        // MARK: Data plane
        library(
            "Proxying",
            ["Basics", "Formats", "System", "Security", "Reactor", "HTTP", "Passwords"]
        ),
        library("Records", ["Basics", "Formats", "System"]),
        library("VRL", ["Basics", "Formats", "System", "Security", "Records"]),
        library(
            "LogPipeline",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "SQLite", "Postgres",
                "Records", "VRL",
            ]
        ),
        library(
            "Roles",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "Passwords",
                "Postgres", "StandIn",
            ]
        ),

        // MARK: Programs
        tool(
            "Remora",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "PodModel",
                "Manifests",
                "PodEngine", "ObjectStore", "NodeDrivers", "Node", "NodeAPI",
            ]
        ),

        tool(
            "Companion",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "Proxying", "Records",
                "VRL", "LogPipeline", "Roles",
            ],
            // It rides in images of nothing else.
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-static-executable", "-use-ld=lld", "-Xlinker",
                        Context.packageDirectory + "/Scripts/link/companion.ld", "-Xlinker",
                        "--symbol-ordering-file=" + Context.packageDirectory
                            + "/Scripts/link/companion.order", "-Xlinker",
                        "--no-warn-symbol-ordering",
                    ],
                    .when(configuration: .release)
                )
            ]
        ),

        // MARK: Tests
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .target(
            name: "TestKit",
            dependencies: [
                "CAllocations", "Basics", "Formats", "System", "Security", "Reactor", "HTTP",
            ],
            path: "Tests/TestKit",
            swiftSettings: house
        ),
        .target(
            name: "FuzzSubjects",
            dependencies: ["Basics", "Formats", "Security", "HTTP", "Proxying"],
            path: "Tests/FuzzSubjects",
            swiftSettings: house
        ),
        .target(
            name: "LogFuzzSubjects",
            dependencies: ["Basics", "Formats", "Postgres", "Records", "VRL", "LogPipeline"],
            path: "Tests/LogFuzzSubjects",
            swiftSettings: house
        ),
        .target(
            name: "RolesFuzzSubjects",
            dependencies: ["Basics", "Formats", "Security", "Postgres", "StandIn", "Roles"],
            path: "Tests/RolesFuzzSubjects",
            swiftSettings: house
        ),
        .target(
            name: "EngineFuzzSubjects",
            dependencies: ["Formats", "HTTP", "PodModel", "ObjectStore", "NodeAPI"],
            path: "Tests/EngineFuzzSubjects",
            swiftSettings: house
        ),
        tests("Basics"), tests("Formats", ["Basics", "LogFuzzSubjects"]),
        tests("System", ["Basics"]),
        tests("Security", ["Basics"]), tests("Reactor", ["Basics", "System"]),
        tests("HTTP", ["Basics", "System", "Reactor", "Security", "FuzzSubjects"]),
        tests("PodModel", ["Basics", "Formats"]),
        tests("Manifests", ["Basics", "Formats", "PodModel"]),
        tests("PodEngine", ["Basics", "Formats", "PodModel", "PodSimulation"]),
        tests("ObjectStore", ["Basics", "Formats", "System", "Reactor", "SQLite"]),
        tests(
            "NodeDrivers",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "StandIn", "PodModel",
                "PodEngine",
            ],
            exclude: ["Containers/Golden"]
        ),
        tests(
            "Node",
            [
                "Basics", "Formats", "System", "Reactor", "Records", "PodModel", "PodEngine",
                "ObjectStore", "NodeDrivers",
            ]
        ),
        tests(
            "NodeAPI",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "PodModel",
                "Manifests", "ObjectStore", "EngineFuzzSubjects",
            ]
        ),
        tests("Remora", ["Basics", "Formats", "Reactor", "HTTP"]),
        tests(
            "Proxying",
            ["Basics", "Formats", "System", "Security", "Reactor", "HTTP", "Passwords"]
        ),
        tests("SQLite", ["Basics"]),
        tests("Postgres", ["Basics", "System", "Security", "Reactor", "HTTP"]),
        tests("StandIn", ["Basics", "Formats"]),
        tests(
            "Roles",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "Postgres", "StandIn",
                "RolesFuzzSubjects",
            ]
        ),
        tests("Records", ["Basics", "Formats", "System", "LogFuzzSubjects"]),
        tests("VRL", ["Basics", "Formats", "Records", "LogFuzzSubjects"]),
        tests(
            "LogPipeline",
            [
                "Basics", "Formats", "System", "Security", "Reactor", "HTTP", "SQLite", "Postgres",
                "Records", "VRL", "LogFuzzSubjects",
            ],
            exclude: ["Dialects/Corpus"]
        ),
        tests(
            "Companion",
            ["Basics", "Formats", "Reactor", "HTTP", "Proxying", "LogPipeline", "Roles"],
            exclude: ["Conformance", "Faults", "Logs"]
        ),
        .testTarget(name: "HouseTests", swiftSettings: house),
        // The world that pods are simulated in: plain code, so that it also builds optimised, as the
        // program `simulate` that runs the long schedules.
        .target(
            name: "PodSimulation",
            dependencies: ["Basics", "Formats", "PodModel", "PodEngine"],
            path: "Tests/PodSimulation",
            swiftSettings: house
        ),
        // How long scripts of the remap language take, and what memory they ask for.
        .executableTarget(
            name: "bench-scripts",
            dependencies: ["CAllocations", "Basics", "Records", "VRL"],
            path: "Tests/BenchScripts",
            swiftSettings: house
        ),
        .executableTarget(
            name: "simulate",
            dependencies: ["PodSimulation"],
            path: "Tests/Simulate",
            swiftSettings: house
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "TestKit", "Basics", "Formats", "PodModel", "PodEngine", "PodSimulation",
            ],
            swiftSettings: house
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["TestKit", "Basics", "Formats"],
            exclude: ["Manifests", "Python", "Seeds"],
            swiftSettings: house
        ),
    ]
)

// `PART=companion` leaves out what stands on the engine's side of the wall: short builds for work on
// the data plane. `PART=logs` leaves out the proxy as well. `PART=roles` leaves out the big roles, and
// the program with them. `PART=engine` leaves out the data plane.
if let part = Context.environment["PART"] {
    let engine = [
        "PodModel", "Manifests", "PodEngine", "ObjectStore", "NodeDrivers", "Node", "NodeAPI",
        "Remora", "PodSimulation", "simulate", "Simulation", "EndToEnd", "EngineFuzzSubjects",
    ]
    let proxy = ["Proxying", "Companion", "FuzzSubjects", "HTTPTests"]
    let dataPlane =
        proxy + [
            "RecordsTests", "VRL", "LogPipeline", "LogFuzzSubjects", "FormatsTests",
            "bench-scripts",
        ]
    let names =
        switch part {
        case "engine": dataPlane + ["Roles", "RolesFuzzSubjects", "Passwords"]
        case "logs": engine + proxy
        case "roles": engine + dataPlane + ["Records"]
        default: engine
        }
    let left = Set(names + names.map { $0 + "Tests" })
    package.targets.removeAll { left.contains($0.name) }
    package.products.removeAll {
        part == "engine"
            ? $0.name == "companion" : $0.name == "remora" || part == "logs" || part == "roles"
    }
}

// `FUZZ=1` makes the fuzzers (`Scripts/fuzz`) of that part: everything that Swift compiles is watched by
// them.
if Context.environment["FUZZ"] == "1" {
    let watched = ["-sanitize=fuzzer,address"]
    package.targets.removeAll {
        $0.type == .test || $0.type == .executable || $0.name == "TestKit"
    }
    package.products.removeAll()
    for target in package.targets where target.type == .regular && !target.name.hasPrefix("C") {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(watched)]
    }
    package.targets.append(.target(name: "CFuzzer", path: "Fuzz/CFuzzer"))
    let subjects = [
        "Canary", "HTTP1", "HTTP2", "ProxyHeader", "Envoy", "Nginx", "HAProxy", "Own", "Token",
        "KeySet", "Hello", "LogLine", "Path",
    ]
    let engineSubjects = [
        "EngineJSON", "Patches", "Selectors", "FieldsV1", "ProtobufBody", "WebSocket", "SPDY",
    ]
    let logSubjects = [
        "RecordJSON", "TOML", "VRL", "RecordTime", "RecordParse", "SyslogFrames", "Forward",
        "PostgresMessages", "FluentBit", "Fluentd", "Shell", "Vector", "OwnLogs",
        "RecordMessagePack", "RecordMultiline", "BulkAnswer", "LogBuffer", "VRLFunctions",
        "LineFrames", "ForwardHandshake",
    ]
    let roleSubjects = [
        "ShellWait", "PostgresSettings", "FirstWords", "Tar", "Templates", "MetricsText",
        "MetricsRounds", "StatsD", "RunFile", "PostgresScram",
    ]
    let modules = [
        ("FuzzSubjects", subjects), ("LogFuzzSubjects", logSubjects),
        ("EngineFuzzSubjects", engineSubjects), ("RolesFuzzSubjects", roleSubjects),
    ]
    for (module, name) in modules.flatMap({ module, names in names.map { (module, $0) } })
    where package.targets.contains(where: { $0.name == module }) {
        let fuzzer = Target.executableTarget(
            name: "Fuzz" + name,
            dependencies: ["CFuzzer", .byName(name: module)],
            path: "Fuzz/" + name,
            exclude: name == "Canary" ? [] : ["Corpus"],
            swiftSettings: house,
            linkerSettings: [.unsafeFlags(watched + ["-use-ld=lld"])]
        )
        package.targets.append(fuzzer)
    }
}
