/// Whether nginx, with these files, does nothing but pass requests on.
///
/// An nginx that serves files or runs programs is an application: nobody may take its place.
enum NginxPurpose {
    /// What keeps a configuration, all of whose files are given, from being one of a proxy; `nil` if it is one.
    static func obstacle(_ files: [(path: String, text: String)]) -> String? {
        var passes = false
        for (path, text) in files {
            for (name, line) in directives(text) {
                if serving.contains(name) || name.hasPrefix("perl") || name.hasPrefix("js_")
                    || name.contains("_by_lua")
                {
                    return "\(path):\(line): \"\(name)\" makes it more than a proxy"
                }
                if passing.contains(name) { passes = true }
            }
        }
        return passes ? nil : "no proxy_pass, grpc_pass or return is in \(files[0].path)"
    }

    private static let passing: Set<String> = ["proxy_pass", "grpc_pass", "return"]
    private static let serving: Set<String> = [
        "alias", "autoindex", "dav_methods", "fastcgi_pass", "flv", "index", "memcached_pass",
        "mp4",
        "random_index", "root", "scgi_pass", "try_files", "uwsgi_pass",
    ]

    /// The first words of directives, with the lines they stand in.
    static func directives(_ text: String) -> [(name: String, line: Int)] {
        var found: [(String, Int)] = []
        var line = 1
        var word: [UInt8] = []
        var isFirst = true
        var quote: UInt8?
        var isComment = false
        func end() {
            if isFirst, !word.isEmpty {
                found.append((String(decoding: word, as: UTF8.self), line))
                isFirst = false
            }
            word = []
        }
        for byte in text.utf8 {
            if isComment {
                if byte == UInt8(ascii: "\n") {
                    isComment = false
                    line += 1
                }
                continue
            }
            if let open = quote {
                if byte == open { quote = nil }
                if byte == UInt8(ascii: "\n") { line += 1 }
                continue
            }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
            case UInt8(ascii: "#") where word.isEmpty: isComment = true
            case UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                end()
                isFirst = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): end()
            case UInt8(ascii: "\n"):
                end()
                line += 1
            default: word.append(byte)
            }
        }
        end()
        return found
    }
}
