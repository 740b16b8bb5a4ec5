internal import Basics
internal import Records

extension Compiler {
    mutating func compile(
        call: Syntax.Call,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        if Self.pathFunctions.contains(call.name) {
            return compile(pathFunction: call, span, &state)
        }
        if call.name == "type_def" { return compile(typeOf: call, span, &state) }
        guard let function = library[call.name] else {
            refuseUndefined(call)
            return nil
        }
        guard let places = places(of: call, function.parameters, span) else { return nil }
        let before = pending.count
        var made: [Compiled] = []
        for argument in call.arguments {
            let compiled = compile(argument.value, &state)
            pending.removeSubrange(before...)
            guard let compiled else { return nil }
            made.append(compiled)
        }
        var given: [(place: Int, argument: Syntax.Argument, value: Compiled)] = []
        for (index, place) in places.enumerated() {
            given.append((place, call.arguments[index], made[index]))
        }
        guard check(call, function, given),
            checkRequired(call, places, function.parameters, span)
        else { return nil }
        let known = known(function, given)
        let closure: ClosureCode?
        let closureFails: Bool
        switch compile(closureOf: call, function, given, span, &state) {
        case .refused: return nil
        case .none: (closure, closureFails) = (nil, false)
        case .some(let code, let fails): (closure, closureFails) = (code, fails)
        }
        do throws(FunctionError) {
            try function.check(known)
        } catch {
            refuse(
                610,
                "function compilation error: error[E403] invalid argument",
                [.primary(error.message, span)]
            )
            return nil
        }
        return finish(call, function, given, known, closure, closureFails, span)
    }

    /// `type_def(value)`: what is known of a value, for whoever looks for a mistake.
    private mutating func compile(
        typeOf call: Syntax.Call,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        let parameters = [Parameter("value", .any)]
        guard let places = places(of: call, parameters, span),
            checkRequired(call, places, parameters, span), let argument = call.arguments.first
        else { return nil }
        let before = pending.count
        let made = compile(argument.value, &state)
        pending.removeSubrange(min(before, pending.count)...)
        guard let made else { return nil }
        var value = made.type.shown
        if made.isFallible, case .object(var fields) = value {
            fields["fallible"] = .boolean(true)
            value = .object(fields)
        }
        return Compiled(
            code: ConstantExpression(value, span.lowerBound),
            type: .anyObject,
            span: span
        )
    }

    private mutating func finish(
        _ call: Syntax.Call,
        _ function: Function,
        _ given: [(place: Int, argument: Syntax.Argument, value: Compiled)],
        _ known: KnownArguments,
        _ closure: ClosureCode?,
        _ closureFails: Bool,
        _ span: Range<Int>
    ) -> Compiled? {
        let outcome = function.outcome(known)
        let doubtful = given.first { !function.parameters[$0.place].takes($0.value.type) }
        let mayFail = outcome.isFallible || doubtful != nil || closureFails
        if call.aborts, !mayFail { warnInfallible(call) }
        if let doubtful, !call.aborts { pend(call, function, doubtful) }
        warnDeprecated(call, given, function, span)
        let arguments = given.map {
            (place: $0.place, kinds: function.parameters[$0.place].kinds, value: $0.value.code)
        }
        let code: Expression
        switch function.body {
        case .plain(let usual):
            var body: CallBody = usual
            if let own = function.prepare?(known) { body = own }
            code = CallExpression(
                call.name,
                span,
                arguments: arguments,
                count: function.parameters.count,
                body: body
            )
        case .iterating(_, _, let body):
            guard let closure else { return nil }
            code = IteratingCallExpression(
                call.name,
                span,
                arguments: arguments,
                count: function.parameters.count,
                closure: closure,
                body: body
            )
        }
        return Compiled(
            code: code,
            type: outcome.type,
            isFallible: mayFail && !call.aborts,
            span: span
        )
    }

    private func known(
        _ function: Function,
        _ given: [(place: Int, argument: Syntax.Argument, value: Compiled)]
    ) -> KnownArguments {
        var types = [TypeInfo?](repeating: nil, count: function.parameters.count)
        var constants = [Value?](repeating: nil, count: function.parameters.count)
        for (place, _, value) in given {
            types[place] = value.type
            constants[place] = value.constant
        }
        return KnownArguments(types: types, constants: constants)
    }

    // MARK: Arguments

    /// The places of the parameters that the arguments are for.
    mutating func places(
        of call: Syntax.Call,
        _ parameters: [Parameter],
        _ span: Range<Int>
    ) -> [Int]? {
        if call.arguments.count > parameters.count, let first = call.arguments.first,
            let last = call.arguments.last
        {
            let start = first.keyword?.span.lowerBound ?? first.value.span.lowerBound
            let all = start..<last.value.span.upperBound
            let noun = parameters.count == 1 ? "argument" : "arguments"
            refuse(
                106,
                "wrong number of function arguments",
                [
                    .primary("too many function arguments", all),
                    .context(
                        "this function takes a maximum of \(parameters.count) \(noun)",
                        all
                    ),
                ]
            )
            return nil
        }
        var next = 0
        var places: [Int] = []
        for argument in call.arguments {
            var place = next
            if let keyword = argument.keyword {
                guard let found = parameters.firstIndex(where: { $0.name == keyword.name }) else {
                    refuseUnknown(keyword, call, parameters)
                    return nil
                }
                place = found
                if place == next { next += 1 }
            } else {
                next += 1
            }
            guard place < parameters.count, !places.contains(place) else {
                refuse(
                    106,
                    "wrong number of function arguments",
                    [.primary("this argument is given twice", argument.value.span)]
                )
                return nil
            }
            places.append(place)
        }
        return places
    }

    private mutating func refuseUnknown(
        _ keyword: (name: String, span: Range<Int>),
        _ call: Syntax.Call,
        _ parameters: [Parameter]
    ) {
        let names = parameters.map { "\"\($0.name)\"" }.joined(separator: ", ")
        refuse(
            108,
            "unknown function argument keyword",
            [
                .primary("unknown keyword", keyword.span),
                .context(
                    "this function accepts the following keywords: \(names)",
                    call.nameSpan
                ),
            ]
        )
    }

    mutating func checkRequired(
        _ call: Syntax.Call,
        _ places: [Int],
        _ parameters: [Parameter],
        _ span: Range<Int>
    ) -> Bool {
        for (place, parameter) in parameters.enumerated()
        where parameter.isRequired && !places.contains(place) {
            refuse(
                107,
                "missing function argument",
                [
                    .primary(
                        "required argument missing: \"\(parameter.name)\" (position \(place))",
                        span
                    )
                ]
            )
            return false
        }
        return true
    }

    /// Refuses arguments that cannot be right, and those that may fail.
    private mutating func check(
        _ call: Syntax.Call,
        _ function: Function,
        _ given: [(place: Int, argument: Syntax.Argument, value: Compiled)]
    ) -> Bool {
        for (place, argument, value) in given {
            let parameter = function.parameters[place]
            if !value.type.isNever, parameter.refuses(value.type) {
                diagnostics.append(badArgument(call, parameter, argument, value.type))
                return false
            }
            guard !value.isFallible else {
                refuse(
                    630,
                    "fallible argument",
                    [
                        .primary("this expression can fail", argument.value.span),
                        .context(
                            "handle the error before passing it in as an argument",
                            argument.value.span
                        ),
                    ],
                    notes: [Diagnostic.errorHandling]
                )
                return false
            }
            if parameter.isStatic, value.constant == nil {
                let span = argument.value.span
                refuse(
                    610,
                    "function compilation error: error[E402] this argument must be a static "
                        + "expression",
                    [
                        .primary(
                            "expected static expression for argument \"\(parameter.name)\"",
                            span
                        ),
                        .context("received: \(text(span))", span),
                        .context("write its value here, or in a variable that is set before", span),
                    ]
                )
                return false
            }
        }
        return true
    }

    private static func described(_ kinds: Kinds, _ text: String) -> String {
        if kinds == .any { return "any" }
        return kinds.isExact ? "the exact type \(text)" : "one of \(text)"
    }

    private func badArgument(
        _ call: Syntax.Call,
        _ parameter: Parameter,
        _ argument: Syntax.Argument,
        _ type: TypeInfo
    ) -> Diagnostic {
        let got = type.kinds
        var shown = got.text
        if got == .array, parameter.items != nil, type.others == nil {
            shown = "[" + type.items.map(\.kinds.text).joined(separator: ", ") + "]"
        }
        let value = text(argument.value.span)
        let bang = call.aborts ? "!" : ""
        let arguments = call.arguments.map { argument in
            (argument.keyword.map { $0.name + ": " } ?? "") + text(argument.value.span)
        }
        let whole = "\(call.name)\(bang)(\(arguments.joined(separator: ", ")))"
        var notes: [String] = []
        if let conversion = Self.conversions[parameter.kinds] {
            notes += Diagnostic.solution(
                "ensuring an appropriate type at runtime",
                ["\(value) = \(conversion.check)!(\(value))", whole]
            )
            if let coerce = conversion.coerce {
                notes += Diagnostic.solution(
                    "coercing to an appropriate type and specifying a default value as a fallback "
                        + "in case coercion fails",
                    ["\(value) = \(coerce)(\(value)) ?? \(conversion.fallback)", whole]
                )
            }
        }
        return Diagnostic(
            code: 110,
            message: "invalid argument type",
            labels: [
                .primary(
                    "this expression resolves to \(Self.described(got, shown))",
                    argument.value.span
                ),
                .context(
                    "but the parameter \"\(parameter.name)\" expects "
                        + Self.described(parameter.kinds, parameter.text),
                    argument.keyword?.span ?? argument.value.span
                ),
            ],
            notes: notes + [Diagnostic.errorHandling]
        )
    }

    private static let conversions: [Kinds: (check: String, coerce: String?, fallback: String)] = [
        .bytes: ("string", "to_string", "\"default\""), .integer: ("int", "to_int", "0"),
        .float: ("float", "to_float", "0.0"), .boolean: ("bool", "to_bool", "false"),
        .array: ("array", nil, "[]"), .object: ("object", nil, "{}"),
        .timestamp: ("timestamp", nil, "now()"),
    ]

    private mutating func pend(
        _ call: Syntax.Call,
        _ function: Function,
        _ doubtful: (place: Int, argument: Syntax.Argument, value: Compiled)
    ) {
        let parameter = function.parameters[doubtful.place]
        let found = doubtful.value.type
        let type = found.kinds == .any ? "unknown" : "\(found.kinds.text)"
        pending.append(
            Pending(
                diagnostic: badArgument(call, parameter, doubtful.argument, found),
                reason: "'\(text(doubtful.argument.value.span))' argument type is \(type) and this "
                    + "function expects parameter '\(parameter.name)' of type "
                    + "'\(parameter.text)'"
            )
        )
    }

    // MARK: Functions that are not there

    private mutating func refuseUndefined(_ call: Syntax.Call) {
        var labels = [Diagnostic.Label.primary("undefined function", call.nameSpan)]
        if let reason = FunctionLibrary.unsupported[call.name] {
            labels.append(.context(reason, call.nameSpan))
        } else {
            let names = library.keys.sorted() + Self.pathFunctions.sorted()
            if let nearest = NearestMatch.of(call.name, among: names) {
                labels.append(.context("did you mean \"\(nearest)\"?", call.nameSpan))
            }
        }
        refuse(105, "call to undefined function", labels)
    }

    mutating func warnInfallible(_ call: Syntax.Call) {
        let bang = call.nameSpan.upperBound..<call.nameSpan.upperBound + 1
        warn(
            620,
            "can't abort infallible function",
            [
                .primary("this function can't fail", call.nameSpan),
                .context("remove this abort (!) instruction", bang),
            ],
            notes: [Diagnostic.errorHandling]
        )
    }

    private mutating func warnDeprecated(
        _ call: Syntax.Call,
        _ given: [(place: Int, argument: Syntax.Argument, value: Compiled)],
        _ function: Function,
        _ span: Range<Int>
    ) {
        if call.name == "to_timestamp" {
            warn(
                801,
                "the `to_timestamp` function is deprecated",
                [.primary("this is deprecated", span)],
                notes: Diagnostic.solution(
                    "using another timestamp parsing function instead",
                    [
                        "for integer values, use `from_unix_timestamp`",
                        "for all other value types, use `parse_timestamp`",
                    ]
                )
            )
        }
        for (place, _, _) in given
        where call.name == "truncate" && function.parameters[place].name == "ellipsis" {
            warn(
                801,
                "the `ellipsis` argument is deprecated since v0.7.0",
                [.primary("this is deprecated", span)],
                notes: Diagnostic.solution("using `suffix` instead", ["suffix: \"...\""])
            )
        }
    }
}
