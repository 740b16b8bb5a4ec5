import Basics

/// A script at work: it says what is to be done, is told how that came out, and goes on.
///
/// It knows no clock, network or file: the same answers lead to the same script, in tests as in a container.
package struct ShellMachine: Sendable {
    let program: ShellProgram
    let environment: [String: String]
    var at = 0
    var status: Int32 = 0
    var frames: [ShellFrame] = []
    /// Variables that the script has set, and of functions their words.
    var variables: [String: String] = [:]
    var words: [String] = []
    /// What `$(...)` wrote, for the command that takes it.
    var captured: [String] = []
    /// The status of the last `$(...)`, which an assignment ends with.
    var capturedStatus: Int32?
    /// What came through a pipe.
    var input: String?
    /// How the command in the background ended.
    private var job: Int32 = 0
    var output = ShellSink.output
    var problems = ShellSink.errors
    var endsOnFailure: Bool
    /// What is to be written, before anything else.
    var texts: [ShellAction] = []
    /// What an answer is waited for.
    var pending: ShellPending?
    var facts: [ShellTest.FileQuestion: Bool] = [:]
    private var ended: Int32?
    /// How much has been asked and rested, so that a loop that only asks does not keep a processor busy.
    var questions = 0
    var rests = 0
    private var work = 0

    /// The pause of a loop that asks without one.
    static let rest = Duration.milliseconds(100)
    /// The steps without any pause or question after which one is made.
    static let workMaximum = 100_000
    /// The longest text that a script takes from a program or file.
    package static let textMaximum = 1 << 20
    /// The names of the commands that are known.
    static let commands = ShellPlan.commands

    init(_ program: ShellProgram, environment: [String: String]) {
        self.program = program
        self.environment = environment
        endsOnFailure = program.endsOnFailure
    }

    /// Goes on.
    ///
    /// - Parameters:
    ///   - answer: How the last action came out.
    ///   - now: The time since any fixed moment.
    /// - Returns: What is to be done next, and until when: it is given up then, and what it answers does not matter.
    package mutating func next(
        _ answer: ShellAnswer,
        at now: Duration
    ) -> (action: ShellAction, deadline: Duration?) {
        if let ended { return (.end(ended), nil) }
        if let pending {
            self.pending = nil
            finish(pending, answer)
        }
        while true {
            if let text = texts.first {
                texts.removeFirst()
                return (text, nil)
            }
            if let ended { return (.end(ended), nil) }
            if expire(now) { continue }
            if let action = step(now) {
                switch action {
                case .pause: rests += 1
                case .say, .end: break
                case .ask, .transfer, .read, .time: questions += 1
                }
                work = 0
                return (action, deadline)
            }
            work += 1
            if work >= Self.workMaximum {
                work = 0
                return (.pause(Self.rest), deadline)
            }
        }
    }

    /// When the innermost `timeout` ends.
    private var deadline: Duration? { frames.compactMap(\.deadline).min() }

    /// Ends what has had its time; whether anything had.
    private mutating func expire(_ now: Duration) -> Bool {
        guard let index = frames.firstIndex(where: { $0.deadline.map { now >= $0 } ?? false })
        else { return false }
        while frames.count > index + 1 { pop() }
        let end = frames[index].end
        // What it ran ends without another word.
        captured = []
        pop()
        status = 124
        at = end
        return true
    }

    /// Ends with a code: what is to be said is said first.
    mutating func end(_ code: Int32) {
        status = code
        ended = code
    }

    /// Does one step.
    ///
    /// - Returns: What others are to do; nil if nothing.
    private mutating func step(_ now: Duration) -> ShellAction? {
        guard at < program.steps.count else {
            end(status)
            return nil
        }
        let step = program.steps[at]
        at += 1
        switch step.instruction {
        case .run(let call): return run(call, isTested: step.isTested)
        case .assign(let assignments): assign(assignments, isTested: step.isTested)
        case .calculate(let word): calculate(word, isTested: step.isTested)
        case .jump(let place): at = place
        case .branch(let ifSucceeded, let place): if (status == 0) == ifSucceeded { at = place }
        case .choose(let word, let arms, let otherwise): choose(word, arms, otherwise)
        case .keepJob:
            job = status
            status = 0
        case .takeJob:
            status = job
            check(isTested: step.isTested)
        case .negate: status = status == 0 ? 1 : 0
        case .succeed: status = 0
        case .check: check(isTested: step.isTested)
        case .nothing: break
        case .enterLoop(let head, let end):
            push(ShellFrame(.loop, end: end, head: head))
            frames[frames.count - 1].marks(questions, rests)
        case .enterEach(let words, let head, let end):
            var frame = ShellFrame(.loop, end: end, head: head)
            frame.items = words.flatMap { expand($0) }
            frame.marks(questions, rests)
            captured = []
            push(frame)
        case .takeNext(let name): takeNext(name)
        case .again: return again()
        case .enterScope(let end): push(ShellFrame(.scope, end: end))
        case .enterCapture(let end, let isPipe):
            push(ShellFrame(isPipe ? .pipe : .capture, end: end))
            output = .script
        case .enterCall(let words, let end):
            let texts = words.flatMap { expand($0) }
            captured = []
            push(ShellFrame(.call, end: end))
            self.words = texts
        case .enterTimeout(let word, let end):
            let text = expand(word).joined()
            captured = []
            var frame = ShellFrame(.scope, end: end)
            frame.deadline = SleepTime(text)?.duration.map { now + $0 }
            push(frame)
        case .enterRedirects(let redirects, let end):
            push(ShellFrame(.redirect, end: end))
            for redirect in redirects { apply(redirect) }
        case .leave: pop()
        case .break(let count): leaveLoops(count, again: false)
        case .continue(let count): leaveLoops(count, again: true)
        case .return(let word): leave(.call, word)
        case .exit(let word): leave(.scope, word)
        }
        return nil
    }

    // MARK: Loops and scopes

    private mutating func choose(_ word: ShellWord, _ arms: [ShellArm], _ otherwise: Int) {
        let text = whole(word)
        captured = []
        status = 0
        for arm in arms {
            for pattern in arm.patterns
            where ShellGlob(whole(pattern), isLiteral: !pattern.isPlain).fits(text) {
                at = arm.place
                return
            }
        }
        at = otherwise
    }

    private mutating func takeNext(_ name: String) {
        guard let index = frames.indices.last, !frames[index].items.isEmpty else {
            let end = frames.last?.end ?? at
            pop()
            at = end
            return
        }
        variables[name] = frames[index].items.removeFirst()
    }

    /// The end of a loop's body: a loop that has asked without a pause makes one.
    private mutating func again() -> ShellAction? {
        guard let index = frames.indices.last else { return nil }
        frames[index].status = status
        at = frames[index].head
        let rushes = questions > frames[index].questions && rests == frames[index].rests
        frames[index].marks(questions, rushes ? rests + 1 : rests)
        return rushes ? .pause(Self.rest) : nil
    }

    private mutating func leaveLoops(_ count: Int, again: Bool) {
        var left = count
        status = 0
        while let frame = frames.last {
            if frame.kind == .loop {
                left -= 1
                if left == 0 {
                    if again {
                        frames[frames.count - 1].status = 0
                        at = frame.head
                        return
                    }
                    frames[frames.count - 1].status = 0
                    at = frame.end
                    pop()
                    return
                }
            }
            pop()
        }
    }

    /// `return` and `exit`: leaves a function, or the script or what runs as one.
    private mutating func leave(_ kind: ShellFrame.Kind, _ word: ShellWord?) {
        let text = word.map { expand($0).joined() } ?? ""
        captured = []
        let code = text.isEmpty ? status : Int32(text) ?? 2
        unwind(kind, code & 255)
    }

    mutating func unwind(_ kind: ShellFrame.Kind, _ code: Int32) {
        while let frame = frames.last {
            let isEnd =
                kind == .call
                ? frame.kind == .call : [.scope, .capture, .pipe].contains(frame.kind)
            status = code
            pop()
            if isEnd {
                status = code
                at = frame.end
                // What ended with a failure may end what it stands in.
                return
            }
        }
        end(code)
    }

    /// Under `set -e` a failure that nobody looks at ends the script.
    mutating func check(isTested: Bool) {
        if status != 0, endsOnFailure, !isTested { unwind(.scope, status) }
    }

    private mutating func push(_ frame: ShellFrame) {
        var frame = frame
        frame.output = output
        frame.problems = problems
        frame.words = words
        frame.input = input
        frame.endsOnFailure = endsOnFailure
        if frame.kind == .capture {
            // What was captured before is for the same command as this.
            frame.captured = captured
            captured = []
        }
        if [.scope, .capture, .pipe].contains(frame.kind) { frame.variables = variables }
        frames.append(frame)
    }

    /// Ends what was entered last.
    mutating func pop() {
        guard let frame = frames.popLast() else { return }
        output = frame.output
        problems = frame.problems
        switch frame.kind {
        case .loop: status = frame.status
        case .redirect: break
        case .call: words = frame.words
        case .scope, .capture, .pipe:
            variables = frame.variables ?? variables
            endsOnFailure = frame.endsOnFailure
            words = frame.words
            input = frame.input
            if frame.kind == .pipe { input = frame.text }
            if frame.kind == .capture {
                captured =
                    frame.captured + [String(frame.text.reversed().drop { $0 == "\n" }.reversed())]
                capturedStatus = status
            }
        }
    }
}

/// What a script is in the middle of.
struct ShellFrame: Sendable {
    /// What kind of thing.
    enum Kind: Sendable, Hashable {
        case loop
        /// What runs as a script of its own; also what is written to the script itself, and before a pipe.
        case scope
        case capture
        case pipe
        case call
        case redirect
    }

    let kind: Kind
    /// The step behind it.
    let end: Int
    /// The first step of a loop.
    let head: Int
    /// The words of a `for` that are left.
    var items: [String] = []
    var deadline: Duration?
    /// What it has written so far, if the script reads it.
    var text = ""
    /// How a loop's body ended last.
    var status: Int32 = 0
    private(set) var questions = 0
    private(set) var rests = 0
    // What was before.
    var output = ShellSink.output
    var problems = ShellSink.errors
    var variables: [String: String]?
    var words: [String] = []
    var input: String?
    var endsOnFailure = false
    var captured: [String] = []

    init(_ kind: Kind, end: Int, head: Int = 0) {
        self.kind = kind
        self.end = end
        self.head = head
    }

    mutating func marks(_ questions: Int, _ rests: Int) {
        self.questions = questions
        self.rests = rests
    }
}
