import Basics

/// Settings that name files.
protocol MadeOfTexts: Hashable, Sendable {
    /// All texts it is made of.
    var sources: [TextSource] { get }
}

/// What was made of settings and their files, one for each settings.
struct ContextTable<Settings: MadeOfTexts, Context> {
    /// Reads the files of settings.
    typealias Read = ([TextSource]) -> [String: [UInt8]?]
    /// Makes what settings say.
    typealias Make = (Settings) throws(Failure) -> Context

    private struct Entry {
        var context: Context
        /// The files as they were when they were tried last.
        var texts: [String: [UInt8]?]
        /// Whether they could not be used then.
        var isRefused = false
        /// Whether it was asked for since `beginUse`.
        var isUsed = true
    }

    private var entries: [Settings: Entry] = [:]

    /// What was made of settings; it is made if it is not there.
    mutating func context(
        _ settings: Settings,
        _ read: Read,
        _ make: Make
    ) throws(Failure) -> Context {
        if let known = entries[settings] {
            entries[settings]?.isUsed = true
            return known.context
        }
        // Taken first: what changes meanwhile is found by the next refresh.
        let texts = read(settings.sources)
        let context = try make(settings)
        entries[settings] = Entry(context: context, texts: texts)
        return context
    }

    /// A configuration begins to ask for what it uses.
    mutating func beginUse() {
        for settings in Array(entries.keys) { entries[settings]?.isUsed = false }
    }

    /// Forgets what was not asked for since `beginUse`.
    mutating func forgetUnused() {
        entries = entries.filter(\.value.isUsed)
    }

    /// How many settings have files that cannot be used as they are now.
    var refusedCount: Int { entries.values.count { $0.isRefused } }

    /// All texts that anything is made of.
    var sources: [TextSource] { entries.keys.flatMap(\.sources) }

    /// Makes anew what has changed; what cannot be made stays as it was, and is told once.
    ///
    /// - Returns: What is new.
    mutating func refresh(
        _ read: Read,
        _ failures: inout [Failure],
        _ make: Make
    ) -> [Settings: Context] {
        var fresh: [Settings: Context] = [:]
        for settings in Array(entries.keys) {
            let now = read(settings.sources)
            guard entries[settings]?.texts != now else { continue }
            entries[settings]?.texts = now
            do throws(Failure) {
                let context = try make(settings)
                entries[settings]?.context = context
                entries[settings]?.isRefused = false
                fresh[settings] = context
            } catch {
                entries[settings]?.isRefused = true
                failures.append(error)
            }
        }
        return fresh
    }
}
