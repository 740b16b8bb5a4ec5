import Formats
import Roles

/// tar archives: what is planned of any bytes lies inside, and comes out of the archive's own bytes.
public func fuzzTar(_ bytes: [UInt8]) {
    check(bytes)
    check(repaired(bytes))
}

/// The same with right checksums of its heads, without which nothing else of them is read.
private func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var start = 0
    while start + 512 <= bytes.count {
        defer { start += 512 }
        guard bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) else { continue }
        let sum = (0..<512).reduce(0) {
            $0 + ((148..<156).contains($1) ? 32 : Int(bytes[start + $1]))
        }
        let digits = Array(String(sum, radix: 8).utf8)
        for index in 0..<8 {
            bytes[start + 148 + index] = index < digits.count ? digits[index] : 0
        }
    }
    return bytes
}

private func check(_ bytes: [UInt8]) {
    let limit = 1 << 16
    do throws(FormatError) {
        let entries = try TarReader.entries(bytes)
        let plan = try UnpackPlan(entries, limit: limit)
        var total = 0
        var links: Set<String> = []
        for step in plan.steps {
            let parts = step.path.split(separator: "/", omittingEmptySubsequences: false)
            precondition(!parts.isEmpty, "a step without a path")
            precondition(!parts.contains { ["", ".", ".."].contains($0) }, "a path that moves")
            for count in 1..<max(parts.count, 1) {
                let parent = parts.prefix(count).joined(separator: "/")
                precondition(!links.contains(parent), "written through a link")
            }
            switch step {
            case .file(let path, let content, let mode):
                precondition(content.lowerBound >= 0 && content.upperBound <= bytes.count)
                precondition(mode <= 0o777, "a mode that gives more than its owner has")
                total += content.count
                links.remove(path)
            case .symbolicLink(let path, let target):
                precondition(!target.hasPrefix("/"), "a link out")
                links.insert(path)
            case .directory, .hardLink: break
            }
        }
        precondition(total <= limit, "more than allowed")
    } catch {
        precondition(!error.what.isEmpty && !error.what.contains("\n"), "no sentence: \(error)")
    }
}

/// Texts with places: whatever they say, places lie in the text, and a text without places stays as it is.
public func fuzzTemplates(_ bytes: [UInt8]) {
    let lines = 1 + bytes.count { $0 == 0x0A }
    for style in VariableText.Style.allCases {
        let text = VariableText(bytes, style: style)
        do throws(FormatError) {
            let filled = try text.filled { _ in nil }
            if style == .none { precondition(filled == bytes, "a copy that is none") }
        } catch {
            let line = error.position?.line ?? 0
            precondition((1...lines).contains(line), "a place outside the text: \(error)")
        }
        do throws(FormatError) {
            // With nothing that is meant, every place stays.
            let kept = try text.filled(only: []) { _ in "x" }
            precondition(kept.count <= bytes.count, "a text that grew")
        } catch {
            preconditionFailure("a place that is not meant was filled: \(error)")
        }
    }
    let string = String(decoding: bytes, as: UTF8.self)
    do throws(FormatError) {
        _ = try JSONTemplate(string).filled(Array("{\"a\":[1]}".utf8)) { _ in nil }
    } catch {
        precondition(!error.what.isEmpty, "no sentence: \(error)")
    }
    do throws(FormatError) {
        let words = try CommandWords.of(string)
        precondition(!words.isEmpty, "a command without words")
    } catch {
        precondition(error.position != nil, "an error without a place: \(error)")
    }
    do throws(FormatError) {
        let found = try Checksum.of("a", in: string)
        let again = try Checksum("\(found)")
        precondition(again == found, "a checksum that is read otherwise")
    } catch {
        precondition(!error.what.isEmpty, "no sentence: \(error)")
    }
}
