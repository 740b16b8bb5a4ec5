import Basics
import Formats
import Records

extension FluentBitReader {
    /// Lines are at most this long where Fluent Bit would stop following a file with a longer one.
    private static let lineLimit = 1 << 20

    /// `tail`.
    func tail(_ keys: FluentBitKeys) -> TailSettings {
        var settings = TailSettings(paths: keys.list("path"))
        if settings.paths.isEmpty {
            log.error(keys.one("path")?.place ?? keys.place, "\"path\" is missing")
        }
        settings.excluded = keys.list("exclude_path")
        settings.key = keys.text("key") ?? "log"
        settings.pathKey = keys.text("path_key")
        settings.offsetKey = keys.text("offset_key")
        readStart(keys, &settings)
        readLines(keys, &settings)
        readJoins(keys, &settings)
        readDatabase(keys, &settings)
        readEncoding(keys, &settings)
        settings.endsAtEnd = keys.bool("exit_on_eof") ?? false
        _ = keys.bool("inotify_watcher")
        _ = keys.bool("file_cache_advise")
        _ = keys.size("static_batch_size")
        _ = keys.size("event_batch_size")
        _ = keys.time("watcher_interval")
        keys.accepted("progress_check_interval", "progress_check_interval_nsec")
        keys.unsupported("tag_regex", instead: "use a * in Tag, or the filter rewrite_tag")
        return settings
    }

    private func readStart(_ keys: FluentBitKeys, _ settings: inout TailSettings) {
        if let fromHead = keys.bool("read_from_head") {
            settings.readsFromHead = fromHead
        } else {
            configuration.notes.append(
                "\(keys.place.short): Read_from_Head is not set: files younger than the pod are "
                    + "read from their beginning, others from their end"
            )
        }
        keys.unsupported(
            switch: "read_newly_discovered_files_from_head",
            unless: true,
            instead: "files that appear later are read from their beginning"
        )
        if let interval = keys.time("refresh_interval") {
            settings.rescan = max(interval, .milliseconds(100))
        }
        if let wait = keys.time("rotate_wait") { settings.rotateWait = wait }
        if let older = keys.time("ignore_older"), older > .zero { settings.ignoreOlder = older }
        keys.unsupported(switch: "ignore_active_older_files", unless: false)
    }

    private func readLines(_ keys: FluentBitKeys, _ settings: inout TailSettings) {
        _ = keys.size("buffer_chunk_size")
        let limit = keys.size("buffer_max_size")
        let skips = keys.bool("skip_long_lines") ?? false
        let cuts = keys.bool("truncate_long_lines") ?? false
        settings.skipsEmpty = keys.bool("skip_empty_lines") ?? false
        if skips || cuts {
            settings.lineLimit = max(limit ?? 32_000, 256)
            settings.longLines = cuts ? .truncate : .skip
        } else {
            // Fluent Bit gives the whole file up here, which nobody asks for.
            settings.lineLimit = max(limit ?? 0, Self.lineLimit)
            settings.longLines = .split
        }
    }

    private func readJoins(_ keys: FluentBitKeys, _ settings: inout TailSettings) {
        let parser = keys.one("parser")
        let isLegacy = keys.bool("multiline") ?? false
        let flush = keys.time("multiline_flush") ?? .seconds(4)
        let first = keys.one("parser_firstline")
        let others = keys.prefixed("parser_", except: ["parser_firstline"])
        let names = keys.all("multiline.parser")
        for property in names {
            for name in property.value.split(separator: ",").map({ String($0.trimmed) })
            where !name.isEmpty {
                settings.multilines.append(name)
                useMultiline(name, property.valuePlace)
            }
        }
        settings.joinsPartial = keys.bool("docker_mode") ?? false
        _ = keys.integer("docker_mode_flush")
        keys.unsupported("docker_mode_parser", instead: "use multiline.parser docker, cri")
        if isLegacy {
            if settings.joinsPartial, let property = keys.one("docker_mode") {
                log.error(property.place, "Docker_Mode and Multiline exclude each other")
            }
            readFirstLine(keys, first, flush, &settings)
            for property in others {
                useParser(property.value, property.valuePlace)
                log.warn(
                    property.place,
                    "continued lines are joined as they are, \"\(property.key)\" has no effect"
                )
            }
            return
        }
        if let first { log.warn(first.place, "it has no effect without Multiline On") }
        guard let parser else { return }
        if !names.isEmpty {
            // Fluent Bit does not look at it either.
            log.warn(
                parser.place,
                "Parser has no effect together with multiline.parser",
                "use the filter parser"
            )
            return
        }
        settings.parser = parser.value
        useParser(parser.value, parser.valuePlace)
    }

    /// Old multiline: a parser's expression says where a record begins.
    private func readFirstLine(
        _ keys: FluentBitKeys,
        _ first: FluentBitProperty?,
        _ flush: Duration,
        _ settings: inout TailSettings
    ) {
        guard let first else {
            log.error(
                keys.one("multiline")?.place ?? keys.place,
                "Multiline On needs Parser_Firstline"
            )
            return
        }
        useParser(first.value, first.valuePlace)
        guard let parser = configuration.parsers[first.value] else {
            if FluentBitNames.shippedParsers.contains(first.value) {
                log.unsupported(
                    first.valuePlace,
                    "the parser \"\(first.value)\" must be defined here to begin records",
                    "copy it into the configuration"
                )
            }
            return
        }
        guard case .regex(let expression) = parser.form else {
            log.error(
                first.valuePlace,
                "the parser \"\(first.value)\" has no regular expression",
                "records begin with lines that fit one"
            )
            return
        }
        var rule = MultilineRule(.firstLine(expression))
        rule.flush = flush
        rule.firstLineParser = first.value
        settings.multiline = rule
    }

    private func readDatabase(_ keys: FluentBitKeys, _ settings: inout TailSettings) {
        settings.checkpoints = keys.text("db")
        _ = keys.choice("db.sync", ["extra", "full", "normal", "off"])
        _ = keys.bool("db.locking")
        _ = keys.bool("db.compare_filename")
        keys.accepted("db.journal_mode")
        if settings.checkpoints == nil {
            configuration.notes.append(
                "\(keys.place.short): DB is not set: positions are kept in the program's own "
                    + "directory"
            )
        }
    }

    private func readEncoding(_ keys: FluentBitKeys, _ settings: inout TailSettings) {
        if let property = keys.one("unicode.encoding") {
            switch property.value.lowercased() {
            case "utf-16le": settings.encoding = "utf-16le"
            case "utf-16be": settings.encoding = "utf-16be"
            case "auto": break
            default:
                log.error(
                    property.valuePlace,
                    "\"\(property.value)\" is not UTF-16LE, UTF-16BE or auto"
                )
            }
        }
        keys.unsupported("generic.encoding", instead: "have the application write UTF-8")
    }
}
