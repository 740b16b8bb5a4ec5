internal import Basics
internal import Formats
internal import HTTP

/// Values of a field that are replaced where an expression is found, compiled (HAProxy's `replace-header` and
/// `replace-value`).
final class FieldRewrite {
    private let pattern: Pattern
    private let text: [UInt8]
    private let separatesValues: Bool

    /// Compiles it; in the text `\\0` to `\\9` are the match and its groups.
    init(_ settings: HeaderAddition.Rewriting, _ text: String) throws(Failure) {
        pattern = try Pattern(settings.pattern)
        self.text = Array(text.utf8)
        separatesValues = settings.separatesValues
    }

    /// Changes every field of the name; `scratch` is empty before and after.
    func apply(_ name: FieldName, to fields: inout HeaderBlock, scratch: inout ByteBuffer) {
        var next = name.first(in: fields)
        while let index = next {
            let isChanged =
                separatesValues
                ? writeValues(fields.value(index), into: &scratch)
                : write(fields.value(index), into: &scratch)
            if isChanged { fields.setValue(index, scratch.readable) }
            scratch.removeAll()
            next = name.first(in: fields, from: index + 1)
        }
    }

    /// Writes what stands for a value; false, and nothing, if the expression is not found in it.
    private func write(_ value: Span<UInt8>, into scratch: inout ByteBuffer) -> Bool {
        guard pattern.find(in: value) else { return false }
        var isEscaped = false
        for byte in text {
            if isEscaped {
                isEscaped = false
                guard (0x30...0x39).contains(byte) else {
                    scratch.append(byte: byte)
                    continue
                }
                if let range = pattern.range(of: Int(byte - 0x30)) {
                    scratch.append(value.extracting(range))
                }
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                scratch.append(byte: byte)
            }
        }
        return true
    }

    private func writeValues(_ line: Span<UInt8>, into scratch: inout ByteBuffer) -> Bool {
        var isChanged = false
        var start = 0
        while true {
            let end = line.firstIndex(of: UInt8(ascii: ","), from: start) ?? line.count
            var from = start
            while from < end, line[from] == 0x20 || line[from] == 9 { from += 1 }
            var to = end
            while to > from, line[to - 1] == 0x20 || line[to - 1] == 9 { to -= 1 }
            scratch.append(line.extracting(start..<from))
            if write(line.extracting(from..<to), into: &scratch) {
                isChanged = true
            } else {
                scratch.append(line.extracting(from..<to))
            }
            if end == line.count { return isChanged }
            scratch.append(byte: UInt8(ascii: ","))
            start = end + 1
        }
    }
}
