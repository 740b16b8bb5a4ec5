public import Records

/// What a configuration says should become of records (Vector's `[[tests]]`).
public struct ConfigurationTest: Sendable, Hashable {
    /// A record that is put in.
    public enum Record: Sendable, Hashable {
        /// A text; it becomes the `message` of a record of this moment.
        case text(String)
        /// Fields.
        case fields(Fields)
        /// What a VRL script leaves in `.`; `name` for messages.
        case script(source: String, name: String)
    }

    /// Where a record is put in.
    public struct Input: Sendable, Hashable {
        /// The transform that takes it.
        public var stage: String
        /// The record.
        public var record: Record

        /// Puts a record into a transform.
        public init(stage: String, record: Record) {
            self.stage = stage
            self.record = record
        }
    }

    /// What should come out.
    public struct Output: Sendable, Hashable {
        /// The transforms or doors that are looked at.
        public var stages: [String]
        /// Conditions of which each must hold for a record at least; without any, what comes out is shown.
        public var conditions: [Condition]
        /// How many records should come out; nil for any number but none.
        public var count: Int?

        /// Looks at what transforms hand out.
        public init(stages: [String], conditions: [Condition], count: Int? = nil) {
            self.stages = stages
            self.conditions = conditions
            self.count = count
        }
    }

    /// Its name.
    public var name: String
    /// What is put in.
    public var inputs: [Input]
    /// What should come out.
    public var outputs: [Output]
    /// Transforms and doors out of which nothing may come.
    public var silent: [String]
    /// Where it was written, for messages.
    public var place: String

    /// Makes a test.
    public init(
        name: String,
        inputs: [Input],
        outputs: [Output] = [],
        silent: [String] = [],
        place: String = ""
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.silent = silent
        self.place = place
    }
}
