import Basics

extension FetchRole {
    static let spec = CommandSpec(
        "fetch",
        summary:
            "bring files into volumes over HTTP, Vault, git, S3 and registries, whole or not at all",
        discussion: """
            Addresses: http://, https://, http+unix://%2Frun%2Fx.sock/path, file:/path, vault:MOUNT/PATH#KEY,
            git:REPOSITORY#REF:PATH, s3://BUCKET/KEY, oci://REGISTRY/REPOSITORY:TAG#TITLE.

            A file is written beside its place, brought to the disk and renamed: nobody ever reads a part. Answers of 400
            and more are failures. What was not fetched leaves the old file as it was. The options from --checksum on are
            those of every address; a configuration has them for each.

            Called curl or wget, it takes their words and keeps their rules.

            Exit codes: 0 everything is in place; 1 something is not; 2 a command line that cannot be understood; 143 after
            SIGTERM.
            """,
        arguments: [.init("URL", .any, help: "what is fetched")],
        options: places + requests + content + sources + timing + ProcessOptions.specs(port: port)
    )

    private static let places = [
        OptionSpec("config", "c", .text("FILE"), help: "all of this in YAML"),
        OptionSpec(
            "output",
            "o",
            .text("FILE"),
            repeats: true,
            help: "where an address goes, in the order of the addresses",
            byDefault: "its last part in --dir"
        ),
        OptionSpec("dir", "d", .text("DIR"), help: "where files without -o go", byDefault: "."),
        OptionSpec("mode", nil, .text("OCTAL"), help: "permission bits", byDefault: "0644"),
        OptionSpec("owner", nil, .text("UID[:GID]"), help: "owner and group, by number"),
        OptionSpec("state", nil, .text("DIR"), help: "where ETags are kept", byDefault: "beside"),
        OptionSpec("always", help: "fetch what has not changed too"),
    ]

    private static let requests = [
        OptionSpec("header", "H", .text("LINE"), repeats: true, help: "a field of the requests"),
        OptionSpec(
            "header-file",
            nil,
            .text("NAME=FILE"),
            repeats: true,
            help: "a field whose value a file holds"
        ),
        OptionSpec("user", "u", .text("USER:PASSWORD"), help: "for addresses that name none"),
        OptionSpec("user-file", nil, .text("FILE"), help: "a file that holds user:password"),
        OptionSpec("bearer-file", nil, .text("FILE"), help: "a file that holds a bearer token"),
        OptionSpec("netrc", nil, .text("FILE"), help: "users and passwords by host"),
        OptionSpec("insecure", "k", help: "do not verify certificates"),
        OptionSpec("cacert", nil, .text("FILE"), help: "authorities to trust (PEM)"),
        OptionSpec("cert", nil, .text("FILE"), help: "the own certificate (PEM)"),
        OptionSpec("key", nil, .text("FILE"), help: "its key (PEM)"),
        OptionSpec(
            "redirects",
            nil,
            .number("N"),
            help: "how many are followed; credentials stay with their host",
            byDefault: "10"
        ),
        OptionSpec("keep-failures", help: "take answers of 400 and more as content"),
    ]

    private static let content = [
        OptionSpec("checksum", nil, .text("ALGORITHM:HEX"), help: "what the content must be"),
        OptionSpec(
            "checksum-url",
            nil,
            .text("URL"),
            help: "a list of checksums, as sha256sum writes it"
        ),
        OptionSpec("checksum-name", nil, .text("NAME"), help: "the name in that list"),
        OptionSpec(
            "unpack",
            nil,
            .choice(FetchItem.Packing.allCases.map(\.rawValue)),
            help: "gzip and zstd become a file, tar (packed or not) a directory",
            byDefault: "none"
        ),
        OptionSpec("strip", nil, .number("N"), help: "leading directories to leave out"),
        OptionSpec("pick", nil, .text("POINTER"), help: "only this value of JSON: /data/user"),
        OptionSpec(
            "template",
            nil,
            .text("FILE"),
            help: "put values into this: ${json:/pointer}, ${env:NAME}, ${text}"
        ),
        OptionSpec(
            "format",
            nil,
            .choice(FetchItem.SecretForm.allCases.map(\.rawValue)),
            help: "how a whole secret of Vault is written",
            byDefault: "json"
        ),
        OptionSpec("max-size", nil, .text("SIZE"), help: "of a file", byDefault: "4Gi"),
        OptionSpec(
            "max-unpacked",
            nil,
            .text("SIZE"),
            help: "of what is unpacked or looked into",
            byDefault: "256Mi"
        ),
    ]

    private static let sources = [
        OptionSpec("vault-addr", nil, .text("URL"), help: "Vault", byDefault: "VAULT_ADDR"),
        OptionSpec(
            "vault-token-file",
            nil,
            .text("FILE"),
            help: "a file that holds the token",
            byDefault: "VAULT_TOKEN, VAULT_TOKEN_FILE"
        ),
        OptionSpec("vault-role", nil, .text("ROLE"), help: "log in with the service account"),
        OptionSpec(
            "vault-login",
            nil,
            .text("MOUNT"),
            help: "where that login is",
            byDefault: "kubernetes"
        ),
        OptionSpec("vault-account", nil, .text("FILE"), help: "the service account's token"),
        OptionSpec(
            "vault-namespace",
            nil,
            .text("NAME"),
            help: "Vault's namespace",
            byDefault: "VAULT_NAMESPACE"
        ),
        OptionSpec("vault-kv", nil, .choice(["1", "2"]), help: "the store's version; asked for"),
        OptionSpec(
            "s3-region",
            nil,
            .text("NAME"),
            help: "Amazon's region",
            byDefault: "AWS_REGION, AWS_DEFAULT_REGION, us-east-1"
        ),
        OptionSpec(
            "s3-endpoint",
            nil,
            .text("URL"),
            help: "another place than Amazon's",
            byDefault: "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL"
        ),
        OptionSpec("s3-path-style", help: "the bucket in the path; with an endpoint this is so"),
        OptionSpec("s3-anonymous", help: "do not sign"),
    ]

    private static let timing = [
        OptionSpec("tries", nil, .number("N"), help: "tries; 0 without an end", byDefault: "5"),
        OptionSpec("retry-first", nil, .duration, help: "the first pause", byDefault: "1s"),
        OptionSpec("retry-most", nil, .duration, help: "the longest pause", byDefault: "1m"),
        OptionSpec("retry-all", help: "try again whatever has failed, a 404 too"),
        OptionSpec("connect-timeout", nil, .duration, help: "a connection", byDefault: "10s"),
        OptionSpec("silence", nil, .duration, help: "a silent server", byDefault: "30s"),
        OptionSpec("timeout", nil, .duration, help: "an item with all tries", byDefault: "no end"),
        OptionSpec("every", nil, .duration, help: "fetch again and again, and serve admin pages"),
        OptionSpec("then-url", nil, .text("URL"), repeats: true, help: "POST after a change"),
        OptionSpec("then-signal", nil, .text("NAME"), help: "send a signal after a change"),
        OptionSpec("then-process", nil, .text("NAME"), help: "to the processes of this program"),
        OptionSpec("then-pid-file", nil, .text("FILE"), help: "to the process of this file"),
        OptionSpec("then-exec", nil, .text("COMMAND"), help: "run a command after a change"),
        OptionSpec(
            "as",
            nil,
            .choice(["curl", "wget", "sh", "bash"]),
            help: "take the words behind -- as that program does"
        ),
    ]
}
