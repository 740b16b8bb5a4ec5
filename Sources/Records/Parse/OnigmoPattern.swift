/// Regular expressions in the writing of Ruby's Onigmo, which Fluent Bit and Fluentd read, in that of
/// PCRE2.
///
/// There `^` and `$` stand at every line, `(?m)` lets `.` be a line's end, `\h` is a hexadecimal digit, and
/// groups without names are not kept where others have names.
public struct OnigmoPattern: Sendable, Hashable {
    /// The expression for PCRE2.
    public private(set) var text = ""
    /// The names of groups in `text`, and those that they had where PCRE2 does not take them.
    public private(set) var names: [String: String] = [:]
    /// Whether the expression has characters that are not ASCII, so that texts are read as Unicode.
    public private(set) var isUnicode: Bool

    private var at = 0
    private var isInClass = false
    private let source: [Unicode.Scalar]
    /// The letters that mean something behind a backslash in PCRE2 and in Onigmo alike.
    private static let letters = Set("aAbBcdDefgGkKnpPrRsStwWxXzZ".unicodeScalars)

    /// Translates an expression, with or without slashes around it: `/^a/m`.
    ///
    /// What PCRE2 does not understand stays and is refused when it is compiled.
    public init(_ text: String) {
        var flags = ""
        source = Array(Self.unslashed(text, &flags).unicodeScalars)
        isUnicode = source.contains { !$0.isASCII }
        self.text = "(?mJ\(flags))"
        translate()
    }

    /// The expression between slashes, and its flags in PCRE2's letters.
    private static func unslashed(_ text: String, _ flags: inout String) -> String {
        guard text.hasPrefix("/"), text.count > 1, let slash = text.lastIndex(of: "/"),
            slash != text.startIndex
        else { return text }
        let options = text[text.index(after: slash)...]
        guard options.allSatisfy({ "mixo".contains($0) }) else { return text }
        for option in options where option != "o" { flags.append(option == "m" ? "s" : option) }
        return String(text[text.index(after: text.startIndex)..<slash])
    }

    private mutating func add(_ scalar: Unicode.Scalar) {
        text.unicodeScalars.append(scalar)
    }

    private mutating func translate() {
        while at < source.count {
            let scalar = source[at]
            at += 1
            switch scalar {
            case "\\": escape()
            case "[":
                if isInClass, at < source.count, source[at] == ":" {
                    // A class of POSIX ends with its own bracket.
                    add("[")
                    while at < source.count, source[at] != "]" {
                        add(source[at])
                        at += 1
                    }
                    if at < source.count {
                        add("]")
                        at += 1
                    }
                } else {
                    if isInClass {
                        text += "\\["
                    } else {
                        add("[")
                        beginClass()
                    }
                }
            case "]":
                add("]")
                isInClass = false
            case "(" where !isInClass: group()
            default: add(scalar)
            }
        }
    }

    /// A bracket at the beginning of a class is no end.
    private mutating func beginClass() {
        isInClass = true
        if at < source.count, source[at] == "^" {
            add("^")
            at += 1
        }
        if at < source.count, source[at] == "]" {
            text += "\\]"
            at += 1
        }
    }

    private mutating func escape() {
        guard at < source.count else {
            add("\\")
            return
        }
        let letter = source[at]
        at += 1
        switch letter {
        case "h": text += isInClass ? "[:xdigit:]" : "[[:xdigit:]]"
        case "H": text += isInClass ? "[:^xdigit:]" : "[[:^xdigit:]]"
        case "v": text += "\\x0B"
        case "u":
            let digits = source[at...].prefix(4).filter { $0.properties.isHexDigit }
            guard digits.count == 4 else {
                add("u")
                return
            }
            text += "\\x{"
            for digit in digits { add(digit) }
            isUnicode = true
            add("}")
            at += 4
        case "k", "g":
            add("\\")
            add(letter)
            guard at < source.count, source[at] == "<" else { return }
            at += 1
            let name = name(until: ">")
            text += "<\(safe(name))>"
        default:
            let isLetter = letter.properties.isAlphabetic && letter.isASCII
            if !isLetter || Self.letters.contains(letter) { add("\\") }
            add(letter)
        }
    }

    private mutating func name(until end: Unicode.Scalar) -> String {
        var name = ""
        while at < source.count, source[at] != end {
            name.unicodeScalars.append(source[at])
            at += 1
        }
        at += 1
        return name
    }

    /// The name of a group that PCRE2 takes.
    private mutating func safe(_ name: String) -> String {
        if let known = names.first(where: { $0.value == name }) { return known.key }
        let isTaken = name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == 0x5F }
        let isGood =
            isTaken && name.utf8.count <= 32 && !name.isEmpty && !(name.utf8.first?.isDigit ?? true)
        guard !isGood else { return name }
        let other = "_\(names.count)_"
        names[other] = name
        return other
    }

    private mutating func group() {
        guard at < source.count, source[at] == "?" else {
            add("(")
            return
        }
        at += 1
        guard at < source.count else {
            text += "(?"
            return
        }
        switch source[at] {
        case "<" where at + 1 < source.count && source[at + 1] != "=" && source[at + 1] != "!":
            at += 1
            let name = name(until: ">")
            text += "(?<\(safe(name))>"
        case "'":
            at += 1
            let name = name(until: "'")
            text += "(?<\(safe(name))>"
        case "P" where at + 1 < source.count && source[at + 1] == "<":
            at += 2
            let name = name(until: ">")
            text += "(?<\(safe(name))>"
        case "a"..."z", "-": flags()
        default: text += "(?"
        }
    }

    /// `(?mix-mix)` or `(?mix-mix:`: Ruby's `m` is PCRE2's `s`.
    private mutating func flags() {
        text += "(?"
        while at < source.count, source[at] != ")", source[at] != ":" {
            let flag = source[at]
            at += 1
            switch flag {
            case "m": add("s")
            case "a", "d", "u": break
            default: add(flag)
            }
        }
    }
}
