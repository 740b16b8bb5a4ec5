import Records

/// What a browser says of itself, by the words that most of them use.
struct UserAgent {
    private var browser: String?
    private var browserVersion: String?
    private var system: String?
    private var systemVersion: String?
    private var category: String?
    private var family: String?
    private var brand: String?
    private var model: String?

    /// A word before a version, and the browser's name; the first that fits holds.
    private static let browsers: [(word: String, name: String)] = [
        ("Opera Mini/", "Opera Mini"), ("OPR/", "Opera"), ("OPiOS/", "Opera"), ("Opera ", "Opera"),
        ("Opera/", "Opera"), ("Edge/", "Edge"), ("Edg/", "Edge"), ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"), ("SamsungBrowser/", "SamsungBrowser"),
        ("YaBrowser/", "Yandex Browser"),
        ("Vivaldi/", "Vivaldi"), ("UCBrowser/", "UCBrowser"), ("Sleipnir/", "Sleipnir"),
        ("CriOS/", "Chrome"), ("FxiOS/", "Firefox"), ("HeadlessChrome/", "Chrome"),
        ("Chromium/", "Chrome"), ("Chrome/", "Chrome"), ("Firefox/", "Firefox"),
        ("MSIE ", "Internet Explorer"), ("Trident/", "Internet Explorer"),
        ("IEMobile/", "Internet Explorer"),
        ("Safari/", "Safari"),
    ]

    /// Programs that look things up.
    private static let crawlers: [(word: String, name: String)] = [
        ("Googlebot", "Googlebot"), ("bingbot", "bingbot"), ("Yahoo! Slurp", "Yahoo! Slurp"),
        ("YandexBot", "YandexBot"), ("Baiduspider", "Baiduspider"), ("DuckDuckBot", "DuckDuckBot"),
        ("facebookexternalhit", "facebook"), ("Twitterbot", "twitter"), ("Applebot", "Applebot"),
        ("AhrefsBot", "AhrefsBot"), ("SemrushBot", "SemrushBot"),
    ]

    /// Programs and libraries that fetch.
    private static let clients: [(word: String, name: String)] = [
        ("curl/", "curl"), ("Wget/", "Wget"), ("python-requests/", "Python Requests"),
        ("Python-urllib/", "Python-urllib"), ("Go-http-client/", "Go-http-client"),
        ("Apache-HttpClient/", "Apache-HttpClient"), ("Java/", "Java"), ("okhttp/", "okhttp"),
        ("kube-probe/", "kube-probe"), ("Prometheus/", "Prometheus"),
        ("PostmanRuntime/", "PostmanRuntime"),
    ]

    private static let windows: [(word: String, name: String, version: String)] = [
        ("Windows NT 10.0", "Windows 10", "NT 10.0"), ("Windows NT 6.3", "Windows 8.1", "NT 6.3"),
        ("Windows NT 6.2", "Windows 8", "NT 6.2"), ("Windows NT 6.1", "Windows 7", "NT 6.1"),
        ("Windows NT 6.0", "Windows Vista", "NT 6.0"), ("Windows NT 5.1", "Windows XP", "NT 5.1"),
        ("Windows NT 5.0", "Windows 2000", "NT 5.0"),
    ]

    init(_ text: String) {
        readSystem(text)
        readBrowser(text)
    }

    private mutating func readSystem(_ text: String) {
        if let found = Self.windows.first(where: { text.contains($0.word) }) {
            (system, systemVersion, category) = (found.name, found.version, "pc")
        } else if let version = Self.version(after: "Windows Phone OS ", text)
            ?? Self.version(after: "Windows Phone ", text)
        {
            (system, systemVersion, category) = ("Windows Phone OS", version, "smartphone")
        } else if text.contains("Windows") {
            (system, systemVersion, category) = ("Windows UNKNOWN Ver", nil, "pc")
        } else if let device = ["iPhone", "iPad", "iPod"].first(where: { text.contains($0) }) {
            system = device == "iPhone" ? "iPhone" : device
            systemVersion =
                (Self.version(after: "iPhone OS ", text) ?? Self.version(after: "CPU OS ", text))
            category = "smartphone"
            (family, brand, model) = (device, "Apple", device)
        } else if text.contains("Android") {
            (system, systemVersion) = ("Android", Self.version(after: "Android ", text))
            category = "smartphone"
            model = Self.androidModel(text)
            family = model
        } else if let version = Self.version(after: "Mac OS X ", text) {
            (system, systemVersion, category) = ("Mac OSX", version, "pc")
            (family, brand, model) = ("Mac", "Apple", "Mac")
        } else if text.contains("CrOS") {
            (system, category) = ("ChromeOS", "pc")
        } else if text.contains("Linux") {
            (system, category) = ("Linux", "pc")
        } else if text.contains("FreeBSD") || text.contains("OpenBSD") {
            (system, category) = ("BSD", "pc")
        } else if text.contains("BlackBerry") || text.contains("BB10") {
            (system, category) = ("BlackBerry", "smartphone")
        }
    }

    /// What stands before `Build/` in the brackets of an Android's line.
    private static func androidModel(_ text: String) -> String? {
        guard let end = text.range(of: " Build/") else { return nil }
        return text[..<end.lowerBound].split(separator: ";").last.map { part in
            String(part.drop { $0 == " " })
        }
    }

    private mutating func readBrowser(_ text: String) {
        if let crawler = Self.crawlers.first(where: { text.contains($0.word) }) {
            browser = crawler.name
            browserVersion = Self.version(after: crawler.word + "/", text)
            category = "crawler"
            return
        }
        if let client = Self.clients.first(where: { text.hasPrefix($0.word) }) {
            browser = client.name
            browserVersion = Self.version(after: client.word, text)
            category = category ?? "misc"
            return
        }
        guard let found = Self.browsers.first(where: { text.contains($0.word) }) else { return }
        browser = found.name
        browserVersion = Self.version(after: found.word, text)
        switch found.name {
        case "Safari": browserVersion = Self.version(after: "Version/", text) ?? browserVersion
        case "Internet Explorer":
            browserVersion = Self.version(after: "rv:", text) ?? browserVersion
            if found.word == "MSIE " { browserVersion = Self.version(after: "MSIE ", text) }
        case "Opera":
            if found.word == "Opera/" || found.word == "Opera " {
                browserVersion = Self.version(after: "Version/", text) ?? browserVersion
            }
        default: break
        }
        if found.name == "Safari", system == "Android" { browser = "Android Browser" }
    }

    /// The digits, dots and underscores after a word, with dots.
    private static func version(after word: String, _ text: String) -> String? {
        guard let range = text.range(of: word) else { return nil }
        let digits = text[range.upperBound...].prefix { "0123456789._".contains($0) }
        let version = digits.replacing("_", with: ".")
        return version.isEmpty ? nil : String(version)
    }

    private static func shown(_ text: String?) -> Value { text.map { .text($0) } ?? .null }

    /// The parts of a version by their names.
    private static func add(_ version: String?, _ names: [String], to fields: inout Fields) {
        let parts = (version ?? "").split(separator: ".").map(String.init)
        for (index, name) in names.enumerated() {
            fields[name] = index < parts.count ? .text(parts[index]) : .null
        }
    }

    /// The map that scripts see.
    func value(isRich: Bool) -> Value {
        var browserFields: Fields = [
            "family": Self.shown(browser), "version": Self.shown(browserVersion),
        ]
        let isApple = ["iPhone", "iPad", "iPod"].contains(system ?? "")
        let name = isRich && isApple ? "iOS" : system
        let number = systemVersion.map { $0.hasPrefix("NT ") ? String($0.dropFirst(3)) : $0 }
        var systemFields: Fields = [
            "family": Self.shown(name), "version": Self.shown(systemVersion),
        ]
        var deviceFields: Fields = ["category": Self.shown(category)]
        if isRich {
            Self.add(browserVersion, ["major", "minor", "patch"], to: &browserFields)
            Self.add(number, ["major", "minor", "patch", "patch_minor"], to: &systemFields)
            deviceFields["family"] = Self.shown(family)
            deviceFields["brand"] = Self.shown(brand)
            deviceFields["model"] = Self.shown(model)
        }
        return .object([
            "browser": .object(browserFields), "os": .object(systemFields),
            "device": .object(deviceFields),
        ])
    }
}

extension String {
    /// Whether a text stands in this one.
    fileprivate func contains(_ text: String) -> Bool { range(of: text) != nil }
}
