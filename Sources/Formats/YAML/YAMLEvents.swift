internal import CYAML

/// One event of libyaml's parser, copied out of C.
struct YAMLEvent {
    enum Kind {
        case documentStart, documentEnd, streamEnd, other
        case alias(String)
        case scalar(String, isPlain: Bool)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    var kind: Kind
    var anchor: String?
    var tag: String?
    var position: Position
}

/// The event parser of libyaml as a Swift object.
///
/// It owns the C parser and the bytes it reads.
@safe final class YAMLEvents {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: max(bytes.count, 1))
        _ = unsafe input.initialize(from: bytes)
        unsafe yaml_parser_initialize(parser)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    func next() throws(FormatError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        let position = unsafe Self.position(event.start_mark)
        var result = YAMLEvent(kind: .other, position: position)
        switch unsafe event.type {
        case YAML_STREAM_END_EVENT: result.kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: result.kind = .documentEnd
        case YAML_ALIAS_EVENT: result.kind = unsafe .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            result.kind = unsafe .scalar(
                String(decoding: bytes, as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE
            )
            result.anchor = unsafe Self.text(scalar.anchor)
            result.tag = unsafe Self.text(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            result.kind = .sequenceStart
            result.anchor = unsafe Self.text(event.data.sequence_start.anchor)
            result.tag = unsafe Self.text(event.data.sequence_start.tag)
        case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            result.kind = .mappingStart
            result.anchor = unsafe Self.text(event.data.mapping_start.anchor)
            result.tag = unsafe Self.text(event.data.mapping_start.tag)
        case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
        default: break
        }
        return result
    }

    private static func position(_ mark: yaml_mark_t) -> Position {
        Position(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }

    /// What libyaml complains about, in one sentence with the remedy for the usual mistakes.
    private func problem() -> FormatError {
        let kind = unsafe parser.pointee.error
        var what = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "not YAML"
        let mark = unsafe parser.pointee.problem_mark
        if kind == YAML_READER_ERROR {
            let offset = unsafe Int(parser.pointee.problem_offset)
            return FormatError(
                "the text is not UTF-8 or holds a control character",
                remedy: "save it as UTF-8 text",
                at: position(ofByte: offset)
            )
        }
        let position = Self.position(mark)
        if byte(at: position) == UInt8(ascii: "\t"), what.contains("cannot start any token") {
            return FormatError(
                "a tab is used where YAML wants spaces",
                remedy: "indent with spaces",
                at: position
            )
        }
        if let context = unsafe parser.pointee.context {
            what += unsafe " (\(String(cString: context)))"
        }
        return FormatError(what, remedy: Self.remedy(what), at: position)
    }

    private static func remedy(_ what: String) -> String {
        let hints = [
            (
                "mapping values are not allowed",
                "check the indentation, or quote a text with \": \""
            ),
            ("could not find expected ':'", "check the indentation, or that the key has its colon"),
            ("did not find expected key", "check that keys of one map are indented alike"),
            ("did not find expected '-'", "check that items of one list are indented alike"),
            ("unexpected end of stream", "close the quote or the bracket"),
            ("cannot start any token", "put the text in quotes"),
            ("unknown alias", "define the anchor before it is used"),
        ]
        return hints.first { what.contains($0.0) }?.1 ?? ""
    }

    private func byte(at position: Position) -> UInt8? {
        var line = 1
        var column = 1
        for index in unsafe 0..<input.count {
            let byte = unsafe input[index]
            if line == position.line, column == position.column { return byte }
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return nil
    }

    private func position(ofByte offset: Int) -> Position {
        var position = Position.start
        for index in unsafe 0..<min(offset, input.count) {
            let byte = unsafe input[index]
            if byte == UInt8(ascii: "\n") {
                position = Position(line: position.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                position.column += 1
            }
        }
        return position
    }
}
