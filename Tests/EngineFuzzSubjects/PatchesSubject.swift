import Formats

extension EngineFuzzSubject {
    /// Patches: the first line is a document, the rest a patch of each kind.
    ///
    /// A merge patch applied twice is applied once, and a strategic one without directives and lists is a
    /// merge patch; what comes out can be written and read.
    public static let patches = EngineFuzzSubject(name: "Patches") { input in
        guard let (first, second) = halves(input), let document = try? JSON.parse(first),
            let patch = try? JSON.parse(second)
        else { return nil }
        let merged = MergePatch.apply(patch, to: document)
        if MergePatch.apply(patch, to: merged) != merged { return "merged twice is another value" }
        if let strategic = try? StrategicMergePatch().apply(patch, to: document) {
            if !isReadable(strategic) { return "the strategic result cannot be read" }
            if isPlain(patch), strategic != merged {
                return "strategic \(strategic), merged \(merged)"
            }
            _ = try? StrategicMergePatch().apply(patch, to: strategic)
        }
        guard let operations = try? JSONPatch(patch) else { return nil }
        guard let result = try? operations.apply(to: document) else { return nil }
        if !isReadable(result) { return "the patched result cannot be read" }
        if (try? operations.apply(to: document)) != result { return "the second time is another" }
        let test: JSON = [["op": "test", "path": "", "value": result]]
        if (try? JSONPatch(test).apply(to: result)) != result { return "it is not what it is" }
        return nil
    }

    /// Whether a patch consists of maps and plain values, without directives.
    private static func isPlain(_ patch: JSON) -> Bool {
        switch patch {
        case .array: false
        case .object(let members):
            members.allSatisfy { !$0.key.hasPrefix("$") && isPlain($0.value) }
        default: true
        }
    }

    private static func isReadable(_ value: JSON) -> Bool {
        // Patches may nest deeper than texts do.
        let limits = FormatLimits(bytes: 1 << 30, depth: 4096)
        guard let again = try? JSON.parse(value.bytes(), limits: limits) else { return false }
        return isSame(again, value)
    }
}
