/// Every function of the language, by name.
public enum FunctionLibrary {
    /// The functions; each file below `Library` adds a group.
    public static let functions: [String: Function] = {
        let groups: [[Function]] = [
            AddressFunctions.all,
            AssertionFunctions.all,
            CasingFunctions.all,
            CipherFunctions.all,
            CloudLogFunctions.all,
            CoercionFunctions.all,
            CollectionFunctions.all,
            CompressionFunctions.all,
            DebugFunctions.all,
            DigestFunctions.all,
            DocumentFunctions.all,
            GrokFunctions.all,
            IterationFunctions.all,
            JSONFunctions.all,
            LineFunctions.all,
            NumberFunctions.all,
            PathFunctions.all,
            QuantityFunctions.all,
            RecordCodecFunctions.all,
            RedactFunctions.all,
            RegexFunctions.all,
            ReplaceFunctions.all,
            SearchFunctions.all,
            ServerLogFunctions.all,
            StringFunctions.all,
            SyslogCodeFunctions.all,
            SystemFunctions.all,
            TestFunctions.all,
            TextCodecFunctions.all,
            TimestampFunctions.all,
            UserAgentFunctions.all,
            WebFunctions.all,
        ]
        return Dictionary(
            groups.joined().map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }()

    /// Calls that the compiler carries out by itself, because they take a path or ask for a type.
    public static let intrinsics: Set<String> = ["del", "exists", "type_def", "unnest"]
}
