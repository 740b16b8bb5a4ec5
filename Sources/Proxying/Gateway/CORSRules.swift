internal import Basics
internal import HTTP

/// Requests of other origins (CORS, in Envoy's reading), compiled for one worker.
struct CORSRules {
    /// What a request is.
    enum Verdict: Equatable {
        /// Nothing of this: no origin, or one that is not allowed; it goes on without the fields.
        case ordinary
        /// A question before a request, to be answered here with 200 and the fields.
        case preflight
        /// A request whose answer gets the fields.
        case simple
    }

    private let origins: [TextTest]
    private let methods: [UInt8]
    private let headers: [UInt8]
    private let exposed: [UInt8]
    private let maxAge: [UInt8]
    private let allowsCredentials: Bool

    init(_ settings: CORSSettings) throws(Failure) {
        var tests: [TextTest] = []
        for origin in settings.origins {
            // A lone star is any origin.
            if origin == .exact("*") {
                tests.append(try TextTest(.prefix("")))
            } else {
                tests.append(try TextTest(origin))
            }
        }
        origins = tests
        methods = Array(settings.methods.utf8)
        headers = Array(settings.headers.utf8)
        exposed = Array(settings.exposed.utf8)
        maxAge = settings.maxAge.map { Array("\($0)".utf8) } ?? []
        allowsCredentials = settings.allowsCredentials
    }

    /// Judges a request.
    func check(_ head: borrowing RequestHead) -> Verdict {
        guard let index = head.fields.first(.origin) else { return .ordinary }
        let origin = head.fields.value(index)
        if origin.isEmpty { return .ordinary }
        var isAllowed = false
        for place in origins.indices where origins[place].passes(origin) {
            isAllowed = true
            break
        }
        if !isAllowed { return .ordinary }
        if head.method == .options, let wish = head.fields.first(.accessControlRequestMethod),
            !head.fields.value(wish).isEmpty
        {
            return .preflight
        }
        return .simple
    }

    /// Writes the fields of the answer to a question; `origin` is the request's.
    func writePreflight(_ origin: Span<UInt8>, to fields: inout HeaderBlock) {
        writeOrigin(origin, to: &fields)
        if !methods.isEmpty { fields.set(.accessControlAllowMethods, value: methods.span) }
        if !headers.isEmpty { fields.set(.accessControlAllowHeaders, value: headers.span) }
        if !maxAge.isEmpty { fields.set(.accessControlMaxAge, value: maxAge.span) }
    }

    /// Writes the fields of the answer to a request; what the upstream says itself is replaced.
    func writeSimple(_ origin: Span<UInt8>, to fields: inout HeaderBlock) {
        writeOrigin(origin, to: &fields)
        if !exposed.isEmpty { fields.set(.accessControlExposeHeaders, value: exposed.span) }
    }

    private func writeOrigin(_ origin: Span<UInt8>, to fields: inout HeaderBlock) {
        fields.set(.accessControlAllowOrigin, value: origin)
        if allowsCredentials { fields.set(.accessControlAllowCredentials, value: "true") }
        // The answer is for this origin only; caches must not give it to another.
        fields.append(.vary, value: "origin")
    }
}
