import Basics
import Records

/// Parsers of lines: whatever they are fed with they end, and what they give can be written as JSON.
public func fuzzRecordParse(_ bytes: [UInt8]) {
    let now = Timestamp(seconds: 1_795_000_000)
    var results: [Fields?] = [
        LTSVReader.fields(bytes.span), LogfmtReader.fields(bytes.span),
        try? KeyValueReader().fields(bytes.span),
        try? KeyValueReader(keyDelimiter: ":", fieldDelimiter: ",", isStrict: true)
            .fields(bytes.span),
        try? KeyValueReader(acceptsStandaloneKeys: false).fields(bytes.span),
        (try? SyslogMessage(bytes.span, now: now))?.fields,
    ]
    var at = 0
    while at < bytes.count {
        let (values, end) = CSVReader().row(bytes.span, from: at)
        precondition(!values.isEmpty && end > at, "a row of nothing")
        at = end
    }
    if let line = CRILine(bytes.span) {
        precondition(line.text.upperBound <= bytes.count, "a text behind the end")
        _ = line.timestamp(in: bytes.span)
    }
    var rule = ParserRule(.logfmt)
    rule.timeKey = "t"
    rule.types = ["a": "integer", "b": "float", "c": "bool", "d": "hex", "e": "array:,"]
    rule.decoders = [
        ParserRule.Decoder(replaces: true, name: "escaped_utf8", key: "f", action: "do_next"),
        ParserRule.Decoder(replaces: false, name: "json", key: "f"),
        ParserRule.Decoder(replaces: true, name: "mysql_quoted", key: "g"),
    ]
    for rule in [rule, ParserRule(.json), ParserRule(.cri)] {
        let parser = try? CompiledParser(rule)
        results.append(parser?.parse(bytes.span, receivedAt: now)?.fields)
    }
    // An expression that is understood may be searched.
    let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
    if parts[0].count < 200,
        let pattern = try? NamedPattern(onigmo: String(decoding: parts[0], as: UTF8.self))
    {
        results.append(pattern.fields(Array(parts.last ?? []).span, skipsEmpty: false))
    }
    for fields in results {
        guard let fields else { continue }
        var output: [UInt8] = []
        JSONText().append(fields, to: &output)
        precondition((try? JSONReader.value(output.span)) != nil, "no JSON")
    }
}
