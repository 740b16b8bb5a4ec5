import Formats
import Testing

@testable import PodModel

@Suite("Claims and their volumes") struct ClaimBindingTests {
    private func claim(_ change: (inout JSON) -> Void = { _ in }) -> JSON {
        var claim: JSON = [
            "metadata": ["name": "data", "namespace": "n", "uid": "u1"],
            "spec": [
                "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]],
            ],
        ]
        change(&claim)
        return claim
    }

    private func volume(
        _ name: String,
        _ size: JSON = "2Gi",
        _ change: (inout JSON) -> Void = { _ in }
    ) -> JSON {
        var volume: JSON = [
            "metadata": ["name": .string(name)],
            "spec": [
                "capacity": ["storage": size], "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
                "hostPath": ["path": "/data"],
            ],
        ]
        change(&volume)
        return volume
    }

    private func choose(_ claim: JSON, _ volumes: JSON...) -> ClaimBinding {
        ClaimBinding.choose(claim, among: volumes, newName: "new")
    }

    @Test func `the smallest volume that fits is taken, and a directory where none does`() {
        #expect(choose(claim()) == .directory("new"))
        #expect(choose(claim(), volume("b", "4Gi"), volume("a", "3Gi")) == .volume("a"))
        #expect(choose(claim(), volume("small", "1Mi")) == .directory("new"))
    }

    @Test func `modes, class, selector and holder must fit`() {
        let many = claim { $0["spec"]?["accessModes"] = ["ReadWriteMany"] }
        #expect(choose(many, volume("a")) == .directory("new"))
        let manual = claim { $0["spec"]?["storageClassName"] = "manual" }
        #expect(choose(manual, volume("a")) == .directory("new"))
        let own = volume("a") { $0["spec"]?["storageClassName"] = "manual" }
        #expect(choose(manual, own) == .volume("a"))
        #expect(choose(claim(), own) == .directory("new"))
        let picky = claim { $0["spec"]?["selector"] = ["matchLabels": ["disk": "fast"]] }
        #expect(
            choose(picky, volume("a") { $0["metadata"]?["labels"] = ["disk": "fast"] })
                == .volume("a")
        )
        guard case .pending = choose(picky, volume("a")) else {
            Issue.record("a selector is never served by a new directory")
            return
        }
        let taken = volume("a") {
            $0["spec"]?["claimRef"] = ["name": "data", "namespace": "n", "uid": "other"]
        }
        #expect(choose(claim(), taken) == .directory("new"))
        let kept = volume("a") { $0["spec"]?["claimRef"] = ["name": "data", "namespace": "n"] }
        #expect(choose(claim(), kept) == .volume("a"))
        let others = volume("a") { $0["spec"]?["claimRef"] = ["name": "data", "namespace": "m"] }
        #expect(choose(claim(), others) == .directory("new"))
    }

    @Test func `a claim that wants no class waits for a volume`() {
        let bare = claim { $0["spec"]?["storageClassName"] = "" }
        guard case .pending = choose(bare) else {
            Issue.record("it got a directory")
            return
        }
        #expect(choose(bare, volume("a")) == .volume("a"))
    }

    @Test func `a claim that names its volume gets that one or none`() {
        let named = claim { $0["spec"]?["volumeName"] = "b" }
        #expect(choose(named, volume("a"), volume("b", "9Gi")) == .volume("b"))
        guard case .pending = choose(named, volume("a")) else {
            Issue.record("it got another")
            return
        }
    }

    @Test func `a bound claim shows what it got`() {
        let bound = ClaimBinding.bound(claim(), to: "a", volume("a", "3Gi"))
        #expect(bound["spec"]?["volumeName"] == "a")
        #expect(bound["status"]?["capacity"] == ["storage": "3Gi"])
        #expect(bound["status"]?["accessModes"] == ["ReadWriteOnce", "ReadOnlyMany"])
        let made = ClaimBinding.volume(named: "new", for: claim(), at: "/x")
        #expect(made["spec"]?["claimRef"]?["uid"] == "u1")
        #expect(ClaimBinding.fits(made, claim()))
        #expect(!ClaimBinding.fits(made, claim { $0["metadata"]?["uid"] = "u2" }))
    }
}
