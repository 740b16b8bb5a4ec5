internal import Basics

/// The command line of `remora`, declared once for parsing, help and completion.
enum RemoraCommand {
    static let version = "0.1.0"

    /// The whole program.
    static let program = CommandSpec(
        "remora",
        summary: "run Kubernetes pods on this machine as the kubelet would",
        discussion: """
            The engine is `remora serve`, or the foreground of `remora up`. The other commands talk to it over the
            Unix socket in the run root, which speaks the Kubernetes API.

            Environment: REMORA_ROOT and REMORA_RUN_ROOT stand for --root and --run-root.
            """,
        options: [
            OptionSpec(
                "root",
                nil,
                .text("DIR"),
                help: "where images, volumes, logs and objects lie",
                byDefault: "/var/lib/remora"
            ),
            OptionSpec(
                "run-root",
                nil,
                .text("DIR"),
                help: "where sockets, namespaces and secrets lie",
                byDefault: "/run/remora"
            ),
            OptionSpec("debug", help: "say on standard error what the engine does"),
        ],
        subcommands: [
            up, apply, down, ps, get, describe, logs, exec, attach, events, timeline, top, image,
            serve, kubeconfig, versionCommand, completion, pause,
        ]
    )

    static let namespace = OptionSpec(
        "namespace",
        "n",
        .text("NAME"),
        help: "the namespace",
        byDefault: "default"
    )
    static let file = OptionSpec(
        "filename",
        "f",
        .text("FILE"),
        repeats: true,
        help: "a YAML or JSON file, a directory of them, or - for standard input"
    )
    static let output = OptionSpec(
        "output",
        "o",
        .text("FORMAT"),
        help: "wide, json, yaml, name or jsonpath=TEMPLATE"
    )
    static let container = OptionSpec(
        "container",
        "c",
        .text("NAME"),
        help: "which container; the default-container annotation or the first main if not given"
    )

    private static let up = CommandSpec(
        "up",
        summary: "run manifests: apply them, show the start, follow the logs",
        discussion: """
            In the foreground the pods are stopped gracefully by Ctrl-C, and the exit code is the pods' outcome: 0 if all
            succeeded, else the exit code of the first main container that failed. If no engine serves the root, this
            process becomes the engine; with -d an engine is left in the background.
            """,
        options: [
            file, namespace,
            OptionSpec("detach", "d", help: "return when the pods are ready, leave them running"),
            OptionSpec(
                "timeout",
                nil,
                .duration,
                help: "how long to wait for ready pods",
                byDefault: "5m"
            ),
            OptionSpec("no-logs", help: "do not follow the containers' logs"),
            OptionSpec("timestamps", help: "begin each log line with its time"),
            OptionSpec(
                "color",
                nil,
                .choice(["auto", "always", "never"]),
                help: "coloured prefixes",
                byDefault: "auto"
            ),
            standIn, companion,
        ]
    )
    private static let apply = CommandSpec(
        "apply",
        summary: "create or change the objects of manifests and return",
        options: [
            file, namespace, OptionSpec("dry-run", help: "check the manifests, change nothing"),
        ]
    )
    private static let down = CommandSpec(
        "down",
        aliases: ["delete"],
        summary: "stop and remove pods or all objects of manifests",
        arguments: [.init("POD", .any, help: "pods, or KIND/NAME of other objects")],
        options: [
            file, namespace,
            OptionSpec("all", help: "every pod and deployment of the namespace"),
            OptionSpec("selector", "l", .text("LABELS"), help: "pods with these labels"),
            OptionSpec(
                "grace-period",
                nil,
                .number("SECONDS"),
                help: "instead of the pod's own grace period"
            ),
            OptionSpec("now", help: "the same as --grace-period=1"),
            OptionSpec("force", help: "with --grace-period=0: do not wait for the containers"),
            OptionSpec("wait", help: "wait until the objects are gone", byDefault: "true"),
            OptionSpec(
                "timeout",
                nil,
                .duration,
                help: "how long to wait",
                byDefault: "the grace period and 30s"
            ),
            OptionSpec("ignore-not-found", help: "succeed if there is nothing to remove"),
        ]
    )
    private static let listing: [OptionSpec] = [
        namespace,
        OptionSpec("all-namespaces", "A", help: "objects of every namespace"),
        output,
        OptionSpec("selector", "l", .text("LABELS"), help: "only objects with these labels"),
        OptionSpec(
            "field-selector",
            nil,
            .text("FIELDS"),
            help: "only objects with these field values"
        ),
        OptionSpec("watch", "w", help: "go on and show every change"),
        OptionSpec("no-headers", help: "leave the heading out"),
        OptionSpec("show-managed-fields", help: "show who owns which field in JSON and YAML"),
        OptionSpec("show-labels", help: "add a column of labels"),
    ]
    private static let ps = CommandSpec(
        "ps",
        summary: "list pods",
        arguments: [.init("POD", .any, help: "only these pods")],
        options: listing
    )
    private static let get = CommandSpec(
        "get",
        summary: "list objects of a kind",
        arguments: [
            .init("KIND", help: "pods, deployments, configmaps, ...; several with commas, or all"),
            .init("NAME", .any, help: "only these objects"),
        ],
        options: listing
    )
    private static let describe = CommandSpec(
        "describe",
        summary: "show a pod with its containers, conditions and events",
        arguments: [
            .init("POD", .some, help: "the pods; kubectl's `pod NAME` and `pod/NAME` do too")
        ],
        options: [namespace]
    )
    private static let events = CommandSpec(
        "events",
        summary: "list what happened, oldest first",
        options: [
            namespace,
            OptionSpec("all-namespaces", "A", help: "of every namespace"),
            OptionSpec("for", nil, .text("[KIND/]NAME"), help: "only about this object"),
            OptionSpec(
                "types",
                nil,
                .text("TYPES"),
                help: "only Normal or Warning, separated by commas"
            ),
            OptionSpec("tail", nil, .number("COUNT"), help: "only the last ones"),
            OptionSpec("watch", "w", help: "go on as more happens"),
            output,
            OptionSpec("no-headers", help: "leave the heading out"),
        ]
    )
    private static let timeline = CommandSpec(
        "timeline",
        summary: "show when each container did what, and what it waited for",
        arguments: [.init("POD", help: "the pod; recently removed pods are still known")],
        options: [
            namespace,
            OptionSpec(
                "output",
                "o",
                .choice(["text", "json"]),
                help: "the form",
                byDefault: "text"
            ),
        ]
    )
    private static let image = CommandSpec(
        "image",
        aliases: ["images"],
        summary: "manage the images of this root",
        subcommands: [
            CommandSpec(
                "pull",
                summary: "fetch images from registries or other stores",
                discussion: """
                    IMAGE is a name such as nginx:1.25 or a source with its transport: docker://, docker-archive:,
                    oci:, oci-archive:, containers-storage:, docker-daemon:, dir:.
                    """,
                arguments: [.init("IMAGE", .some, help: "the images")],
                options: [
                    OptionSpec("creds", nil, .text("USER:PASSWORD"), help: "for the registry"),
                    OptionSpec("quiet", "q", help: "print only the image's ID"),
                ]
            ),
            CommandSpec(
                "import",
                summary: "make an image from a root file system",
                arguments: [
                    .init(
                        "SOURCE",
                        help:
                            "a directory or a tar file (plain, gzip or zstd); - for standard input"
                    ),
                    .init("IMAGE", help: "the name of the new image"),
                ],
                options: [
                    OptionSpec(
                        "entrypoint",
                        nil,
                        .text("WORD"),
                        repeats: true,
                        help: "the image's ENTRYPOINT, word by word"
                    ),
                    OptionSpec(
                        "cmd",
                        nil,
                        .text("WORD"),
                        repeats: true,
                        help: "the image's CMD, word by word"
                    ),
                    OptionSpec("env", "e", .text("NAME=VALUE"), repeats: true, help: "a variable"),
                    OptionSpec("workdir", "w", .text("DIR"), help: "the working directory"),
                    OptionSpec("user", "u", .text("USER"), help: "the user: name, uid or uid:gid"),
                    OptionSpec("label", nil, .text("NAME=VALUE"), repeats: true, help: "a label"),
                    OptionSpec(
                        "stop-signal",
                        nil,
                        .text("SIGNAL"),
                        help: "the signal that stops the container"
                    ),
                ]
            ),
            CommandSpec(
                "load",
                summary: "take images from an archive",
                arguments: [
                    .init("FILE", help: "a docker-archive or oci-archive; - for standard input")
                ]
            ),
            CommandSpec(
                "ls",
                aliases: ["list"],
                summary: "list images",
                options: [
                    OptionSpec("output", "o", .choice(["wide", "json", "name"]), help: "the form"),
                    OptionSpec("no-headers", help: "leave the heading out"),
                ]
            ),
            CommandSpec(
                "inspect",
                summary: "show an image's configuration and layers as JSON",
                arguments: [.init("IMAGE", .some, help: "the images")]
            ),
            CommandSpec(
                "rm",
                summary: "remove images",
                arguments: [.init("IMAGE", .some, help: "the images")],
                options: [OptionSpec("force", "f", help: "even while a container uses it")]
            ),
        ]
    )
    private static let serve = CommandSpec(
        "serve",
        summary: "run the engine until it is told to stop",
        discussion: """
            SIGTERM or SIGINT ends the engine. The pods stay and the next engine takes them over, unless --stop-pods is
            given.
            """,
        options: [
            OptionSpec("stop-pods", help: "stop all pods gracefully when the engine ends"),
            OptionSpec("detach", "d", help: "go to the background once the socket answers"),
            OptionSpec(
                "listen",
                nil,
                .text("ADDRESS:PORT"),
                help: "serve kubectl and programs in pods over TLS, port 0 for any free one",
                byDefault: "nothing listens"
            ),
            OptionSpec(
                "tls-san",
                nil,
                .text("NAME"),
                repeats: true,
                help: "another name or address that clients reach --listen by"
            ),
            OptionSpec(
                "runtime",
                nil,
                .text("PROGRAM"),
                help: "the OCI runtime",
                byDefault: "crun, else runc"
            ),
            OptionSpec(
                "cni-conf",
                nil,
                .text("FILE"),
                help: "a CNI network configuration list of your own"
            ),
            serviceNetwork, serviceNodePorts, standIn, companion,
            OptionSpec(
                "max-pods",
                nil,
                .number("COUNT"),
                help: "the most pods at once",
                byDefault: "500"
            ),
            OptionSpec(
                "crash-loop-max",
                nil,
                .duration,
                help: "the longest restart back-off, 1s to 300s",
                byDefault: "300s"
            ),
            OptionSpec(
                "log-format",
                nil,
                .choice(["text", "json"]),
                help: "of the engine's own log",
                byDefault: "text"
            ),
        ]
    )
    private static let kubeconfig = CommandSpec(
        "kubeconfig",
        summary: "make credentials and print the kubeconfig for them",
        discussion: """
            The engine must serve with --listen. The default is an administrator's certificate for a year:
            remora kubeconfig -o ~/.kube/remora && kubectl --kubeconfig ~/.kube/remora get pods
            """,
        options: [
            OptionSpec(
                "output",
                "o",
                .text("FILE"),
                help: "write there (mode 0600) instead of to standard output"
            ),
            OptionSpec("name", nil, .text("NAME"), help: "of the context", byDefault: "remora"),
            OptionSpec(
                "user",
                nil,
                .text("USER"),
                help: "who it is for",
                byDefault: "remora-admin"
            ),
            OptionSpec(
                "group",
                nil,
                .text("GROUP"),
                repeats: true,
                help: "the user's groups",
                byDefault: "system:masters"
            ),
            OptionSpec("token", help: "a bearer token instead of a certificate"),
            OptionSpec(
                "duration",
                nil,
                .duration,
                help: "how long the credentials hold",
                byDefault: "8760h"
            ),
            OptionSpec(
                "server",
                nil,
                .text("URL"),
                help: "where clients reach the engine, if not where it listens"
            ),
            namespace,
        ]
    )
    private static let top = CommandSpec(
        "top",
        summary: "show what pods, or the node, use",
        discussion:
            "The processor is an average over the last seconds; memory is what cannot be given back.",
        arguments: [
            .init("WHAT", .optional, help: "pods (the default) or node"),
            .init("NAME", .any, help: "only these pods"),
        ],
        options: [
            namespace,
            OptionSpec("all-namespaces", "A", help: "pods of every namespace"),
            OptionSpec("selector", "l", .text("LABELS"), help: "only pods with these labels"),
            OptionSpec("containers", help: "a line for each container"),
            OptionSpec(
                "sort-by",
                nil,
                .choice(["cpu", "memory", "name"]),
                help: "the largest first, or by name",
                byDefault: "name"
            ),
            OptionSpec("no-headers", help: "leave the heading out"),
        ]
    )
    private static let versionCommand = CommandSpec(
        "version",
        summary: "show the versions of the program and of the engine",
        options: [
            OptionSpec(
                "output",
                "o",
                .choice(["text", "json"]),
                help: "the form",
                byDefault: "text"
            )
        ]
    )
    private static let completion = CommandSpec(
        "completion",
        summary: "print the completion script of a shell",
        discussion: "For bash: source <(remora completion bash)",
        arguments: [.init("SHELL", help: "bash, zsh or fish")]
    )
    private static let pause = CommandSpec(
        "pause",
        summary: "be PID 1 of a pod that shares its process namespace",
        isHidden: true
    )
}
