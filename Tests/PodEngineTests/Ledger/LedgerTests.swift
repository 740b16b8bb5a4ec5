import Basics
import Formats
import PodEngine
import PodModel
import PodSimulation
import Testing

/// The ledger as a document: exact, and refused when it is not one.
@Suite struct LedgerTests {
    @Test func `reading and writing a ledger gives the same value at every moment of a life`()
        throws
    {
        var world = World(AdoptionTests.full(), AdoptionTests.scripts)
        for step in 0..<60 {
            world.pass(0.37)
            if step == 40 { world.delete() }
            let ledger = world.machine.snapshot
            let text = ledger.text()
            let read = try JSON.parse(text)
            let machine = try PodMachine(pod: world.pod, snapshot: read, settings: world.settings)
            #expect(machine.snapshot == ledger)
            #expect(machine.status == world.machine.status)
        }
    }

    static func ledger() -> (Pod, JSONObject) {
        var world = World(AdoptionTests.full(), AdoptionTests.scripts)
        world.pass(10)
        return (world.pod, world.machine.snapshot.object ?? JSONObject())
    }

    @Test func `every member that is missing or ill-typed is a failure, not a trap`() {
        let (pod, ledger) = Self.ledger()
        var refused = 0
        for key in ledger.keys {
            for value in [JSON.object(JSONObject()), .int(-7), .string("?"), nil] {
                var broken = ledger
                broken[key] = value
                do {
                    _ = try PodMachine(pod: pod, snapshot: .object(broken))
                } catch {
                    refused += 1
                    #expect(error.code == .invalid)
                    #expect(!error.remedy.isEmpty)
                }
            }
        }
        #expect(refused > 40)
    }

    @Test(arguments: [JSON.null, .array([]), .string("x"), .object(JSONObject())])
    func `what is not a ledger is refused`(json: JSON) {
        #expect(throws: Failure.self) {
            try PodMachine(pod: AdoptionTests.full(), snapshot: json)
        }
    }

    @Test func `a ledger of a pod with other containers is refused`() {
        let (_, ledger) = Self.ledger()
        #expect(throws: Failure.self) {
            try PodMachine(
                pod: Make.pod([Make.container("regular1")]),
                snapshot: .object(ledger)
            )
        }
    }

    @Test func `a restored machine does nothing before it is told what the runtime shows`() throws {
        let (pod, ledger) = Self.ledger()
        var machine = try PodMachine(pod: pod, snapshot: .object(ledger))
        let moment = Moment(
            instant: Instant(nanoseconds: 2_000_000_000_000),
            wall: Timestamp(seconds: 0)
        )
        #expect(machine.handle(.woken, at: moment) == [])
        #expect(machine.ignoredEvents == ["event before adoption": 1])
    }
}
