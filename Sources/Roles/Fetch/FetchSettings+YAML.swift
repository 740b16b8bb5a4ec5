import Basics
import Formats
import HTTP
import System

extension FetchSettings {
    /// Adds what a configuration in YAML says.
    ///
    /// - Throws: `invalid` with every mistake, each with its place.
    mutating func read(_ path: String, files: FileAccess) throws(Failure) {
        guard let bytes = files.read(path) else {
            throw Failure(.notFound, "cannot read the configuration \(path)", remedy: "mount it")
        }
        let log = FindingLog(isLenient: false)
        if let root = SettingsSection.document(bytes, file: path, log: log) {
            for section in root.sections("files") { readItem(section, files) }
            readRequests(root, files)
            every = root.duration("every") ?? every
            timeout = root.duration("timeout") ?? timeout
            state = root.text("state") ?? state
            if let section = root.section("retries") {
                retries.tries = section.number("tries", in: 0...1_000_000) ?? retries.tries
                retries.backoff.initial = section.duration("first") ?? retries.backoff.initial
                retries.backoff.cap = section.duration("most") ?? retries.backoff.cap
                retries.takesAll = section.flag("all") ?? retries.takesAll
                section.finish()
            }
            if let section = root.section("vault") { readVault(section) }
            for section in root.sections("then") {
                var reload = ReloadSettings()
                reload.readDeed(section, files)
                deeds += reload.deeds
            }
            root.finish()
        }
        guard !log.hasErrors else {
            throw Failure(.invalid, log.sorted.map(\.description).joined(separator: "\n"))
        }
    }

    private mutating func readRequests(_ root: SettingsSection, _ files: FileAccess) {
        for (name, value) in root.pairs("headers") {
            headers.append(.init(name: name, value: value))
        }
        for (name, path) in root.pairs("headerFiles") {
            if let bytes = files.read(path) {
                let text = String(decoding: bytes, as: UTF8.self).trimmingSpace()
                headers.append(.init(name: name, value: text))
            } else {
                root.mistake("cannot read \(path)", at: "headerFiles")
            }
        }
        if let path = root.text("userFile") {
            if let bytes = files.read(path) {
                setLogin(String(decoding: bytes, as: UTF8.self).trimmingSpace())
            } else {
                root.mistake("cannot read \(path)", at: "userFile")
            }
        }
        guard let section = root.section("tls") else { return }
        do throws(Failure) {
            tls = try ReloadSettings.tls(
                isInsecure: section.flag("insecure") ?? false,
                authorities: section.text("ca"),
                certificate: section.text("cert"),
                key: section.text("key"),
                files
            )
        } catch {
            section.mistake("\(error)")
        }
        section.finish()
    }

    private mutating func readVault(_ section: SettingsSection) {
        if let text = section.text("address") {
            do throws(Failure) {
                vault.address = try WebAddress(text)
            } catch {
                section.mistake("\(error)", at: "address")
            }
        }
        if let path = section.text("tokenFile") { (vault.tokenFile, vault.token) = (path, nil) }
        if let role = section.text("role") {
            vault.role = role
            (vault.token, vault.tokenFile) = (nil, nil)
        }
        vault.login = section.text("login") ?? vault.login
        vault.accountFile = section.text("accountFile") ?? vault.accountFile
        vault.namespace = section.text("namespace") ?? vault.namespace
        vault.version = section.number("version", in: 1...2) ?? vault.version
        section.finish()
    }

    private mutating func readItem(_ section: SettingsSection, _ files: FileAccess) {
        defer { section.finish() }
        let target = ReloadSettings.plain(section.neededText("to"))
        let source = section.neededText("from")
        // What follows is read whatever the address is, so that every mistake is told at once.
        var item = FetchItem(source: .file(source), target: target)
        func read(_ key: String, _ body: () throws(Failure) -> Void) {
            do throws(Failure) {
                try body()
            } catch {
                section.mistake("\(error)", at: key)
            }
        }
        if !source.isEmpty {
            read("from") { () throws(Failure) in item.source = try .init(source) }
        }
        if let url = section.text("checksumUrl") {
            read("checksumUrl") { () throws(Failure) in item.checksumList = try WebAddress(url) }
        }
        if let text = section.text("owner") {
            read("owner") { () throws(Failure) in
                (item.user, item.group) = try Self.owner(text, "owner")
            }
        }
        do throws(FormatError) {
            if let text = section.text("checksum") { item.checksum = try Checksum(text) }
        } catch {
            section.mistake(error.what, error.remedy, at: "checksum")
        }
        do throws(FormatError) {
            if let text = section.text("template") { item.template = try JSONTemplate(text) }
        } catch {
            section.mistake("\(error)", at: "template")
        }
        item.templateName = "the template of \(target)"
        item.checksumName = section.text("checksumName")
        item.packing = section.choice("unpack", FetchItem.Packing.self) ?? .none
        item.strip = section.number("strip", in: 0...100) ?? 0
        item.pick = section.text("pick")
        item.form = section.choice("format", FetchItem.SecretForm.self) ?? .json
        if case .vault = item.source { item.mode = 0o600 }
        item.mode = section.mode("mode") ?? item.mode
        items.append(item)
    }
}
