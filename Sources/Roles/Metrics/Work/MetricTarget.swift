import Basics
import Reactor

/// A source with all that is known about it: its last samples, how the last reading went, and what changed.
@MainLoop final class MetricTarget {
    /// How many series that went are named in the log at a time.
    private static let namedMaximum = 5

    let options: SourceOptions
    let source: any MetricSource
    private let rewriter: SampleRewriter
    private let journal: Journal
    private let limit: Int
    private let labels: LabelText
    private var reading: Task<Void, Never>?

    /// The samples of the last good reading.
    private var good: SampleSet?
    /// What is shown while the source is down, if anything.
    private var passed: SampleSet?
    /// What the reading that is under way found of that.
    private var passing: SampleSet?
    private let none: SampleSet
    /// Grows whenever `samples` gets other series.
    private(set) var generation = 0
    /// Grows whenever a number in `samples` changes.
    private(set) var revision = 0
    /// Whether the last reading succeeded; nil before the first.
    private(set) var isUp: Bool?
    private var lastText: [UInt8]?
    private var lastType = ""
    private var lastReport = ReadReport()
    /// The document of JSON that was read last, for those that differ in numbers only.
    private var template: DocumentTemplate?
    private var lastSuccess: Timestamp?
    private var duration = Duration.zero
    private var lastProblem = ""
    private var readings = 0
    private var failures = 0
    private var parseErrors = 0
    private var disappeared = 0
    private var duplicates = 0
    private var refused = 0
    private var fingerprint: UInt64 = 0
    private var schemaChanges = 0
    private var formatName = ""
    private var formatChanges = 0

    /// Prepares a target.
    ///
    /// - Parameters:
    ///   - options: The source.
    ///   - label: What tells it apart from others, if there are others.
    ///   - limit: The most series.
    ///   - journal: Where changes are told.
    /// - Throws: `conflict` if an address is taken; `invalid` for an expression that is not understood.
    init(
        _ options: SourceOptions,
        label: LabelText.Pair?,
        limit: Int,
        journal: Journal
    ) throws(Failure) {
        self.options = options
        self.limit = limit
        self.journal = journal
        labels = LabelText((label.map { [$0] } ?? []) + options.rewrite.labels)
        none = SampleSet(limit: limit)
        rewriter = try SampleRewriter(options.rewrite)
        switch options.place {
        case .http(let place): source = HTTPSource(place, sizeLimit: options.bodyLimit)
        case .file(let path): source = FileSource(path, sizeLimit: options.bodyLimit)
        case .command(let words): source = CommandSource(words, sizeLimit: options.bodyLimit)
        case .redis(let place): source = RedisSource(place, sizeLimit: options.bodyLimit)
        case .memcached(let host, let port): source = MemcachedSource(host: host, port: port)
        case .postgres(let place): source = PostgresSource(place)
        case .statsd(let listen, let statsd): source = try StatsDSource(listen, statsd)
        }
    }

    /// The samples to show; none while the source is down.
    var samples: SampleSet { isUp == false ? passed ?? none : good ?? none }

    /// Reads the source, or waits for the reading that is under way.
    func refresh(within timeout: Duration) async {
        if let reading { return await reading.value }
        let timeout = min(timeout, options.timeout)
        let task = Task { @MainLoop in await self.read(timeout) }
        reading = task
        await task.value
        reading = nil
    }

    /// Gives up the reading that is under way.
    func giveUp() { reading?.cancel() }

    private func read(_ timeout: Duration) async {
        let start = Loop.main.now
        readings += 1
        do throws(Failure) {
            let answer = try await source.read(
                limit: limit,
                deadline: start + timeout,
                isKnown: isUp == true && rewriter.plan != nil
            )
            switch answer {
            case .samples(let set, let report):
                forget()
                accept(set, report)
            case .same: countLeftOut()
            case .values(let values): accept(values)
            case .text(let bytes, let type): try take(bytes, type)
            }
            succeed()
        } catch {
            fail(error)
        }
        duration = Loop.main.now - start
    }

    /// Reads a text, unless it is the one from before.
    private func take(_ bytes: [UInt8], _ type: String) throws(Failure) {
        if let lastText, lastType == type, lastText == bytes, isUp == true {
            if lastReport.problems > 0 { parseErrors += lastReport.problems }
            return
        }
        if template != nil, lastType == type, take(bytes) { return }
        forget()
        var set = SampleSet(limit: limit)
        var report = ReadReport()
        do throws(ReadProblem) {
            if options.rules.isEmpty {
                let format = try options.format.read(
                    bytes,
                    options.read,
                    contentType: type,
                    into: &set,
                    &report,
                    template: &template
                )
                note(format)
            } else {
                try JSONRules.read(bytes, options.rules, into: &set, &report)
            }
        } catch {
            parseErrors += 1
            forget()
            if options.passesThrough, pass(bytes) {
                throw Failure(
                    .invalid,
                    "\(options.name) is no \(options.format.rawValue)",
                    cause: "it is an exposition of its own, which is passed through",
                    remedy: "scrape it directly, or give the URL of the page"
                )
            }
            throw Failure(.invalid, "cannot read what \(options.name) says", cause: "\(error)")
        }
        lastType = type
        // A template has the text already, and sees at once that a document is the same.
        if template == nil { lastText = bytes }
        accept(set, report)
    }

    /// Reads a document that differs from the one before in numbers only; whether it is one.
    private func take(_ bytes: [UInt8]) -> Bool {
        guard isUp == true, rewriter.plan != nil,
            let values = template?.values(of: bytes)
        else { return false }
        if lastReport.problems > 0 { parseErrors += lastReport.problems }
        accept(values)
        return true
    }

    /// Forgets what was read: nothing can be said about it any more by looking at what changed.
    private func forget() {
        lastText = nil
        template = nil
    }

    /// Shows an exposition that was not expected; whether it is one.
    private func pass(_ bytes: [UInt8]) -> Bool {
        guard MetricFormat.of(bytes) == .prometheus else { return false }
        var set = SampleSet(limit: limit)
        var report = ReadReport()
        guard (try? MetricFormat.prometheus.read(bytes, into: &set, &report)) != nil else {
            return false
        }
        set.setUsualHelp("From \(options.name)")
        passing = rewriter.apply(set)
        return true
    }

    private func note(_ format: MetricFormat) {
        if !formatName.isEmpty, formatName != format.rawValue {
            formatChanges += 1
            journal.warning(
                "\(options.name) speaks \(format.rawValue) now, before it spoke \(formatName)"
            )
        }
        formatName = format.rawValue
    }

    private func accept(_ set: SampleSet, _ report: ReadReport) {
        lastReport = report
        parseErrors += report.problems
        if let first = report.first {
            say("\(options.name): \(first)" + (report.problems > 1 ? ", and more like it" : ""))
        }
        var described = set
        described.setUsualHelp("From \(options.name)")
        let rewritten = rewriter.apply(described)
        if rewritten.refused > 0 {
            say("\(options.name) has more than \(limit) series: \(rewritten.refused) are left out")
        }
        compare(rewritten)
        good = rewritten
        generation += 1
        countLeftOut()
    }

    /// Shows other numbers of the same series.
    private func accept(_ values: [Double]) {
        guard let plan = rewriter.plan, var set = good else {
            preconditionFailure("a source told numbers without series")
        }
        var shown = set.values
        plan.apply(values, to: &shown)
        set.set(shown)
        good = set
        revision += 1
        countLeftOut()
    }

    private func countLeftOut() {
        duplicates += good?.duplicates ?? 0
        refused += good?.refused ?? 0
    }

    /// Notes what has gone since the last good reading.
    private func compare(_ now: SampleSet) {
        let print = now.fingerprint
        defer { fingerprint = print }
        guard let before = good else { return }
        if print != fingerprint { schemaChanges += 1 }
        let gone = now.missing(of: before)
        guard !gone.isEmpty else { return }
        disappeared += gone.count
        let names = gone.prefix(Self.namedMaximum).map { before.description(of: $0) }
        let more = gone.count > names.count ? " and \(gone.count - names.count) more" : ""
        journal.warning(
            "\(options.name): series are gone: \(names.joined(separator: ", "))\(more)"
        )
    }

    private func succeed() {
        if isUp != true {
            journal.info("\(options.name) is up: \(samples.count) series")
        }
        isUp = true
        lastSuccess = Loop.main.moment.wall
    }

    private func fail(_ error: Failure) {
        failures += 1
        // Old numbers would look like news.
        generation += 1
        (passed, passing) = (passing, nil)
        forget()
        if isUp != false { lastProblem = "" }
        isUp = false
        say("\(error)")
    }

    /// Says something once, until something else is to be said.
    private func say(_ text: String) {
        guard text != lastProblem else { return }
        lastProblem = text
        journal.warning(text)
    }

    /// Tells about the source.
    func tell(_ configuration: MetricsConfiguration, into set: inout SampleSet) {
        let prefix = configuration.prefix
        func add(_ name: String, _ kind: MetricKind, _ value: Double, _ help: String) {
            set.add(set.family(name, kind, help: help), value, labels: labels)
        }
        add(configuration.upName, .gauge, isUp == true ? 1 : 0, configuration.upHelp)
        guard configuration.tellsOfItself else { return }
        add(
            prefix + "_scrape_duration_seconds",
            .gauge,
            duration.inSeconds,
            "How long the last reading of the source took."
        )
        if let lastSuccess {
            add(
                prefix + "_last_success_timestamp_seconds",
                .gauge,
                (Double(lastSuccess.nanoseconds) / 1e6).rounded() / 1e3,
                "When the source was read last with success."
            )
        }
        add(prefix + "_scrapes_total", .counter, Double(readings), "Readings of the source.")
        add(prefix + "_scrape_failures_total", .counter, Double(failures), "Readings that failed.")
        add(
            prefix + "_parse_errors_total",
            .counter,
            Double(parseErrors),
            "Parts of the source, or all of it, that could not be read."
        )
        add(prefix + "_series", .gauge, Double(samples.count), "Series that are shown.")
        add(
            prefix + "_series_disappeared_total",
            .counter,
            Double(disappeared),
            "Series that were gone from one good reading to the next."
        )
        add(
            prefix + "_series_refused_total",
            .counter,
            Double(refused),
            "Series that were left out because there were too many."
        )
        add(
            prefix + "_series_duplicate_total",
            .counter,
            Double(duplicates),
            "Samples of series that the same reading had already."
        )
        add(
            prefix + "_resets_total",
            .counter,
            Double(rewriter.resets),
            "How often counters that are continued began again."
        )
        add(
            prefix + "_schema_fingerprint",
            .gauge,
            Double(fingerprint >> 16),
            "The first 48 bits of a hash of the names, kinds and names of labels."
        )
        add(
            prefix + "_schema_changes_total",
            .counter,
            Double(schemaChanges),
            "How often that hash changed."
        )
        add(
            prefix + "_format_changes_total",
            .counter,
            Double(formatChanges),
            "How often the source spoke another format than before."
        )
        source.tell(prefix, labels, into: &set)
    }

    /// What is wrong, for people.
    var problem: String { isUp == false ? lastProblem : "" }
}
