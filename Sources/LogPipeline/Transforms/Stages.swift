internal import Basics
internal import Reactor
internal import Records
internal import System

/// Makes stages from their settings.
@MainLoop struct Stages {
    /// What stages share.
    var scripts: Scripts
    var tags: TagTable
    var journal: Journal
    var environment: @Sendable (String) -> String?
    var configuration: LogConfiguration
    var shelf: ParserShelf

    /// Makes a stage.
    ///
    /// - Throws: `invalid` with what is wrong with the settings.
    func make(_ settings: TransformSettings) throws(Failure) -> any Stage {
        do throws(Failure) {
            return try make(settings.kind, id: settings.id)
        } catch {
            guard !settings.place.isEmpty else { throw error }
            throw Failure(
                error.code,
                "\(settings.place): \(error.what)",
                cause: error.cause,
                remedy: error.remedy
            )
        }
    }

    /// The stages that a source's own settings ask for: joining lines, then parsing them.
    ///
    /// - Throws: `invalid` with what is wrong with the settings.
    func chain(behind source: SourceSettings) throws(Failure) -> [any Stage] {
        var parser: String?
        var key = "log"
        switch source.kind {
        case .tail(let tail):
            parser = tail.parser
            key = tail.key
        case .standardInput(let lines): (parser, key) = (lines.parser, lines.key)
        case .socket(let socket):
            (parser, key) = (socket.isJSON ? nil : socket.lines.parser, socket.lines.key)
        case .command(let command): (parser, key) = (command.lines.parser, command.lines.key)
        default: break
        }
        let service = configuration.service
        var chain: [any Stage] = []
        if case .tail(let tail) = source.kind {
            if tail.joinsPartial {
                chain.append(
                    try JoinStage(
                        [],
                        key: nil,
                        containers: [.docker, .cri],
                        names: service.keepsOwnFields
                            ? JoinStage.Names(text: tail.key, time: service.timeField)
                            : JoinStage.Names(),
                        shelf: shelf
                    )
                )
            }
            if !tail.multilines.isEmpty || tail.multiline != nil {
                chain.append(try join(tail.multilines, tail.multiline, key: nil))
            }
        }
        if let names = source.kind.lines?.multilines, !names.isEmpty {
            chain.append(try join(names, nil, key: nil))
        }
        if let parser {
            chain.append(
                LineParserStage(
                    try shelf.parser(parser),
                    key: key,
                    id: source.id,
                    service: service,
                    journal: journal
                )
            )
        }
        return chain
    }

    private func make(_ kind: TransformKind, id: String) throws(Failure) -> any Stage {
        switch kind {
        case .grep(let settings): return try GrepStage(settings)
        case .modify(let settings): return try ModifyStage(settings)
        case .recordModifier(let settings): return RecordModifierStage(settings)
        case .nest(let settings): return NestStage(settings)
        case .rewriteTag(let settings): return try RewriteTagStage(settings, tags: tags)
        case .throttle(let settings): return ThrottleStage(settings)
        case .types(let types): return TypesStage(types)
        case .recordTransformer(let settings): return try RecordTransformerStage(settings)
        case .pod(let settings):
            return PodStage(settings, environment: environment) { try? Files.text($0) }
        case .remap(let settings):
            return try RemapStage(
                settings,
                id: id,
                scripts,
                timeField: configuration.service.timeField,
                journal: journal
            )
        case .filter(let condition): return FilterStage(try CompiledCondition(condition, scripts))
        case .route(let routes, let isExclusive):
            var compiled: [(name: String, condition: CompiledCondition)] = []
            for route in routes {
                compiled.append((route.name, try CompiledCondition(route.condition, scripts)))
            }
            return RouteStage(compiled, isExclusive: isExclusive)
        case .sample(let settings): return try SampleStage(settings, scripts)
        case .dedupe(let settings): return DedupeStage(settings)
        case .rate(let settings): return try RateStage(settings, scripts)
        case .reduce(let settings): return try ReduceStage(settings, scripts)
        case .parser(let settings): return try ParserStage(settings, shelf)
        case .multiline(let settings): return try join(settings)
        case .standardOutput(let encoding):
            return StandardOutputStage(encoding) { bytes in
                _ = Descriptors.write(1, bytes.span)
            }
        }
    }

    private func join(_ settings: MultilineTransform) throws(Failure) -> any Stage {
        guard !settings.joinsPartial else {
            return try JoinStage(
                [],
                key: settings.key,
                streamKeys: settings.streamKeys,
                partial: JoinStage.Partial(
                    key: settings.partialKey,
                    value: settings.partialValue,
                    keepsKey: settings.keepsPartialKey,
                    separator: settings.separator,
                    flush: settings.flush
                ),
                keepsFirstTime: settings.keepsFirstTime,
                shelf: shelf
            )
        }
        var rule = settings.rule
        if !settings.separator.isEmpty { rule?.separator = settings.separator }
        return try join(
            settings.rules,
            rule,
            key: settings.key,
            flush: settings.flush,
            streamKeys: settings.streamKeys,
            keepsFirstTime: settings.keepsFirstTime
        )
    }

    /// Joins by named rules, of which `docker` and `cri` are about a container's log, and by one of its own.
    private func join(
        _ names: [String],
        _ own: MultilineRule?,
        key: String?,
        flush: Duration? = nil,
        streamKeys: [String] = [],
        keepsFirstTime: Bool = true
    ) throws(Failure) -> JoinStage {
        var rules = own.map { [$0] } ?? []
        var containers: [JoinStage.Container] = []
        for name in names {
            switch name {
            case "docker": containers.append(.docker)
            case "cri": containers.append(.cri)
            default:
                rules.append(configuration.multilines[name] ?? MultilineRule(.builtIn(name)))
            }
        }
        if let flush { for place in rules.indices { rules[place].flush = flush } }
        return try JoinStage(
            rules,
            key: key,
            streamKeys: streamKeys,
            containers: containers,
            keepsFirstTime: keepsFirstTime,
            shelf: shelf
        )
    }
}
