import Basics
import Records
import Testing
import VRL

/// What the compiler takes to be infallible must not fail: nobody could handle the error.
@Suite("VRL infallibility") struct InfallibilityTests {
    /// Values of every kind, with what functions may choke on.
    private static let values: [Kinds: [Value]] = [
        .bytes: ["", "a", "nonsense", "1", ".", "\u{0}é\n", .raw([0xFF, 0x80])],
        .integer: [0, 1, -1, 7, 300, .integer(.max), .integer(.min)],
        .float: [0.0, -1.5, 1e300], .boolean: [true, false], .null: [nil],
        .timestamp: [.timestamp(Timestamp(nanoseconds: 0)), .timestamp(.init(nanoseconds: .max))],
        .regex: [.regex("a+"), .regex("")],
        .array: [[], [1], ["a", "b"], [["a", 1]], [nil, [1.5]], [["a": 1]]],
        .object: [[:], ["a": 1], ["a": ["b": [1, nil]], "c": "d"], ["type": "x", "": "y"]],
    ]

    /// Upstream says that they cannot fail, and they do.
    private static let known: Set<String> = ["object_from_array", "mod"]

    private static let names = FunctionLibrary.functions.keys.filter { !known.contains($0) }

    /// Values that a parameter takes, and what the compiler knows of them.
    private static func choices(_ parameter: Parameter) -> [Value] {
        values.filter { parameter.kinds.contains($0.key) }.sorted { "\($0.key)" < "\($1.key)" }
            .flatMap(\.value).filter { value in
                guard let wanted = parameter.items, case .array(let items) = value else {
                    return true
                }
                return items.allSatisfy { wanted.contains(Call.kinds(of: $0)) }
            }
    }

    @Test(arguments: names.sorted())
    func `a call that cannot fail does not`(name: String) throws {
        let function = try #require(FunctionLibrary.functions[name])
        guard case .plain(let run) = function.body else { return }
        let parameters = function.parameters
        // All that must be given, and none or one of the others.
        for extra in [nil]
            + parameters.indices.filter({ !parameters[$0].isRequired }).map(Int?.some)
        {
            for turn in 0..<60 {
                var values = [Value?](repeating: nil, count: parameters.count)
                for (place, parameter) in parameters.enumerated()
                where parameter.isRequired || place == extra {
                    let choices = Self.choices(parameter)
                    values[place] = choices[(turn * (place + 1) + turn / 7) % choices.count]
                }
                try check(function, run, values)
            }
        }
    }

    private func check(
        _ function: Function,
        _ run: (Arguments, Surroundings) throws(FunctionError) -> Value,
        _ values: [Value?]
    ) throws {
        var known = KnownArguments(
            types: values.map { $0.map { TypeInfo(Call.kinds(of: $0)) } },
            constants: [Value?](repeating: nil, count: values.count)
        )
        for (place, parameter) in function.parameters.enumerated() where parameter.isStatic {
            known.constants[place] = values[place]
        }
        for isConstant in [false, true] {
            if isConstant { known.constants = values }
            do throws(FunctionError) { try function.check(known) } catch { continue }
            guard !function.outcome(known).isFallible else { continue }
            do throws(FunctionError) {
                _ = try run(Arguments(values), Call.surroundings)
            } catch {
                let told = values.map { $0.map(Call.text) ?? "-" }.joined(separator: ", ")
                Issue.record("\(function.name)(\(told)): \(error.message)")
            }
        }
    }
}
