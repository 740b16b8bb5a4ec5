import Testing

@testable import Roles

/// The lines of an exposition of what a reader made of a text, without remarks.
func shown(
    _ text: String,
    as format: MetricFormat = .auto,
    _ options: ReadOptions = ReadOptions(),
    limit: Int = 1000
) throws -> [String] {
    var set = SampleSet(limit: limit)
    var report = ReadReport()
    try format.read(Array(text.utf8), options, into: &set, &report)
    return lines(set)
}

/// The samples of a set as lines.
func lines(_ set: SampleSet, _ format: ExpositionFormat = .text, remarks: Bool = false) -> [String]
{
    var writer = ExpositionWriter(format)
    writer.write(set)
    let text = String(decoding: writer.bytes, as: UTF8.self)
    return text.split(separator: "\n").map(String.init).filter { remarks || !$0.hasPrefix("#") }
}
