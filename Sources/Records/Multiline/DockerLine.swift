public import Basics

/// A line of a container's log as docker's `json-file` writes it.
public struct DockerLine: Sendable, Hashable {
    /// The text, without its line end.
    public var text: Bytes
    /// `stdout` or `stderr`.
    public var stream: Bytes
    /// The time; nil if there is none.
    public var time: Timestamp?
    /// Whether the text goes on in the next line of the stream: it has no line end.
    public var isPartial: Bool

    /// Takes a line apart; nil if it is none.
    public init?(_ bytes: Span<UInt8>) {
        guard let fields = try? JSONReader.fields(bytes, repair: .keep),
            case .bytes(var text)? = fields["log"]
        else { return nil }
        isPartial = text.array.last != 0x0A
        if !isPartial { text.array.removeLast() }
        self.text = text
        stream = if case .bytes(let stream)? = fields["stream"] { stream } else { "stdout" }
        time =
            if case .bytes(let time)? = fields["time"] {
                try? Timestamp(rfc3339: time.span)
            } else { nil }
    }
}
