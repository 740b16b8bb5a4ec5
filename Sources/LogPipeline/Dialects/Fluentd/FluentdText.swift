import Basics
import Formats

/// Reads Fluentd's directives into elements; what they mean is not looked at.
struct FluentdText {
    private let scalars: [Unicode.Scalar]
    private let file: String
    private let log: FindingLog
    private let ruby: FluentdRuby
    private var at = 0
    private var line = 1
    private var lineStart = 0
    /// Whether what follows makes no sense after a mistake.
    private(set) var isBroken = false
    /// How deep elements may lie in each other.
    static let depthMaximum = 32

    init(_ text: LogText, log: FindingLog, ruby: FluentdRuby) {
        var scalars = Array(String(decoding: text.bytes, as: UTF8.self).unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        self.scalars = scalars
        file = text.name
        self.log = log
        self.ruby = ruby
    }

    /// The whole file as an element without a name; includes stand as elements named `@include`.
    mutating func read() -> FluentdElement {
        var root = FluentdElement(name: "", argument: "", place: place)
        fill(&root, depth: 0)
        return root
    }

    private var place: Place {
        Place(file, Position(line: line, column: at - lineStart + 1))
    }
    private var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }
    private func peek(_ offset: Int) -> Unicode.Scalar? {
        at + offset < scalars.count ? scalars[at + offset] : nil
    }

    private mutating func step() {
        if next == "\n" {
            line += 1
            lineStart = at + 1
        }
        at += 1
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r"
    }

    private mutating func skipBlanks() {
        while let scalar = next, Self.isBlank(scalar) { step() }
    }

    private mutating func skipLine() {
        while let scalar = next, scalar != "\n" { step() }
    }

    /// Skips blanks, empty lines and comments.
    private mutating func skipSpace() {
        while let scalar = next {
            if Self.isBlank(scalar) || scalar == "\n" {
                step()
            } else if scalar == "#" {
                skipLine()
            } else {
                return
            }
        }
    }

    // MARK: Elements

    private mutating func fill(_ element: inout FluentdElement, depth: Int) {
        while !isBroken {
            skipSpace()
            guard let scalar = next else {
                if depth > 0 {
                    log.error(
                        element.place,
                        "<\(element.name)> does not end",
                        "write </\(element.name)>"
                    )
                    isBroken = true
                }
                return
            }
            if scalar == "<" {
                if peek(1) == "/" {
                    if close(element, depth: depth) { return }
                } else {
                    open(into: &element, depth: depth)
                }
            } else {
                parameter(into: &element)
            }
        }
    }

    /// Reads an end; whether it is this element's.
    private mutating func close(_ element: FluentdElement, depth: Int) -> Bool {
        let place = place
        step()
        step()
        let name = word { $0 != ">" && $0 != "\n" }
        guard next == ">" else {
            log.error(place, "the end of an element does not end", "write </\(element.name)>")
            isBroken = true
            return true
        }
        step()
        endLine()
        guard depth > 0, name == element.name else {
            log.error(
                place,
                depth == 0
                    ? "</\(name)> ends nothing" : "</\(name)> does not end <\(element.name)>",
                depth == 0 ? "remove it" : "write </\(element.name)>"
            )
            isBroken = true
            return true
        }
        return true
    }

    private mutating func open(into element: inout FluentdElement, depth: Int) {
        let place = place
        step()
        let name = word { !Self.isBlank($0) && $0 != ">" && $0 != "\n" }
        skipBlanks()
        var argument = ""
        if next == "\"" {
            argument = quoted() ?? ""
            skipBlanks()
        } else {
            argument = word { $0 != ">" && $0 != "\n" }
        }
        guard next == ">", !name.isEmpty else {
            log.error(place, "the element <\(name) does not end", "write >")
            isBroken = true
            return
        }
        step()
        endLine()
        guard depth < Self.depthMaximum else {
            log.error(place, "elements lie in each other too deeply")
            isBroken = true
            return
        }
        var inner = FluentdElement(name: name, argument: argument, place: place)
        fill(&inner, depth: depth + 1)
        element.elements.append(inner)
    }

    private mutating func word(_ belongs: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = next, belongs(scalar) {
            text.append(scalar)
            step()
        }
        return String(String(text).trimmed)
    }

    /// After an element's header only a comment may follow.
    private mutating func endLine() {
        skipBlanks()
        if next == "#" { skipLine() }
        if let scalar = next, scalar != "\n" {
            log.error(place, "the line must end here", "write what follows on a line of its own")
            skipLine()
        }
    }

    // MARK: Parameters

    private mutating func parameter(into element: inout FluentdElement) {
        let place = place
        let key = next == "\"" ? quoted() ?? "" : word { !Self.isBlank($0) && $0 != "\n" }
        skipBlanks()
        let valuePlace = self.place
        var value = ""
        switch next {
        case nil, "\n"?: break
        case "#"?: skipLine()
        case "\""?:
            guard let text = quoted() else { return }
            value = text
            guard text != FluentdRuby.standard else {
                endLine()
                return
            }
            endLine()
        case "'"?:
            guard let text = singleQuoted() else { return }
            value = text
            endLine()
        case "["?, "{"?:
            guard key != "@include" else {
                value = plain()
                break
            }
            guard let text = json() else { return }
            value = text
        default: value = plain()
        }
        if key == "@include" || key == "include" && element.name.isEmpty {
            if key == "include" { log.warn(place, "include is old", "write @include") }
            var inner = FluentdElement(name: "@include", argument: value, place: place)
            inner.parameters = []
            element.elements.append(inner)
            return
        }
        element.parameters.append(
            FluentdParameter(key: key, value: value, place: place, valuePlace: valuePlace)
        )
    }

    /// The rest of a line without a comment.
    private mutating func plain() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = next, scalar != "\n" {
            if scalar == "#", let last = text.last, Self.isBlank(last) {
                skipLine()
                break
            }
            text.append(scalar)
            step()
        }
        return String(String(text).trimmed)
    }

    private mutating func quoted() -> String? {
        let start = place
        step()
        var text = String.UnicodeScalarView()
        while let scalar = next {
            step()
            switch scalar {
            case "\"": return String(text)
            case "\\":
                guard let escaped = next else { break }
                step()
                switch escaped {
                case "n": text.append("\n")
                case "r": text.append("\r")
                case "t": text.append("\t")
                case "f": text.append("\u{0C}")
                case "b": text.append("\u{08}")
                case "0": text.append("\0")
                case "\n": break
                case let other
                where other.properties.isAlphabetic || other.properties.numericType != nil:
                    log.error(
                        place,
                        "\\\(other) is no escape in double quotes",
                        "write single quotes, or \\\\\(other)"
                    )
                default: text.append(escaped)
                }
            case "#" where next == "{":
                let codePlace = place
                step()
                guard let code = code() else {
                    log.error(codePlace, "the Ruby code does not end", "write }")
                    isBroken = true
                    return nil
                }
                text.append(contentsOf: ruby.value(of: code, codePlace).unicodeScalars)
            default: text.append(scalar)
            }
        }
        log.error(start, "the text does not end", "write \" after it")
        isBroken = true
        return nil
    }

    /// Code up to the brace that ends it.
    private mutating func code() -> String? {
        var text = String.UnicodeScalarView()
        var depth = 0
        var quote: Unicode.Scalar?
        while let scalar = next {
            step()
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "'" || scalar == "\"" {
                quote = scalar
            } else if scalar == "{" {
                depth += 1
            } else if scalar == "}" {
                if depth == 0 { return String(text) }
                depth -= 1
            }
            text.append(scalar)
        }
        return nil
    }

    private mutating func singleQuoted() -> String? {
        let start = place
        step()
        var text = String.UnicodeScalarView()
        while let scalar = next {
            step()
            if scalar == "'" { return String(text) }
            if scalar == "\\", let escaped = next, escaped == "'" || escaped == "\\" {
                text.append(escaped)
                step()
            } else {
                text.append(scalar)
            }
        }
        log.error(start, "the text does not end", "write ' after it")
        isBroken = true
        return nil
    }

    /// A JSON list or map, which may go over lines, with comments between.
    private mutating func json() -> String? {
        let start = place
        var text = String.UnicodeScalarView()
        var depth = 0
        var isText = false
        while let scalar = next {
            step()
            if isText {
                text.append(scalar)
                if scalar == "\\", let escaped = next {
                    text.append(escaped)
                    step()
                } else if scalar == "\"" {
                    isText = false
                }
                continue
            }
            if scalar == "#" {
                skipLine()
                continue
            }
            text.append(scalar)
            switch scalar {
            case "\"": isText = true
            case "[", "{": depth += 1
            case "]", "}":
                depth -= 1
                if depth == 0 {
                    endLine()
                    return filled(String(text))
                }
            default: break
            }
        }
        log.error(start, "the list or map does not end")
        isBroken = true
        return nil
    }

    /// JSON texts may hold Ruby as well.
    private func filled(_ text: String) -> String {
        var made = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "#{"),
            let end = rest[start.upperBound...].firstIndex(of: "}")
        {
            made += rest[..<start.lowerBound]
            made += ruby.value(of: String(rest[start.upperBound..<end]), place)
            rest = rest[rest.index(after: end)...]
        }
        return made + rest
    }
}
