import Testing

@testable import LogPipeline

@Suite("The end of a pipeline") struct EndingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Open records of a source that reads again, and of one that cannot.
        var files: UInt64 = 0
        var sockets: UInt64 = 0
        /// What lies in the sink's buffer on disk.
        var stored: Int64 = 0
        var again: UInt64 = 0
        var lost: UInt64 = 0
        var words: [String] = []
    }

    static let cases = [
        Case(testDescription: "nothing is left"),
        Case(
            testDescription: "files are read again",
            files: 3,
            again: 3,
            words: ["3 records are not delivered; they are read again"]
        ),
        Case(
            testDescription: "sockets are not",
            files: 1,
            sockets: 2,
            again: 1,
            lost: 2,
            words: ["1 records are not delivered", "2 records are not delivered and lost"]
        ),
        Case(
            testDescription: "records lie on disk",
            stored: 7,
            words: ["7 records lie in the buffer on disk; the next run delivers them"]
        ),
        Case(
            testDescription: "records were delivered before they were on disk",
            files: 2,
            sockets: 3,
            stored: -4,
            again: 1,
            words: ["1 records are not delivered"]
        ),
    ]

    @Test(arguments: cases) func `says what is left`(_ sample: Case) {
        var accounts = Accounts()
        accounts.sources["files"] = Accounts.Source()
        accounts.sources["files"]?.open = sample.files
        accounts.sources["sockets"] = Accounts.Source()
        accounts.sources["sockets"]?.open = sample.sockets
        accounts.sources["sockets"]?.readsAgain = false
        accounts.sinks["out"] = Accounts.Sink()
        accounts.sinks["out"]?.stored = sample.stored
        let ending = Pipeline.Ending(accounts)
        #expect(ending.again == sample.again && ending.lost == sample.lost)
        #expect(ending.stored == UInt64(clamping: sample.stored))
        #expect(ending.isComplete == (sample.again + sample.lost == 0))
        #expect(ending.remains.count == sample.words.count)
        for (sentence, words) in zip(ending.remains, sample.words) {
            #expect(sentence.hasPrefix(words))
        }
    }
}
