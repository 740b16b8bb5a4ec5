public import Basics
public import Formats
public import PodModel

extension PodMachine {
    mutating func adopt(_ observation: PodObservation) {}
    /// The ledger: all that must survive the end of the engine.
    public var snapshot: JSON { .object(JSONObject()) }
    /// A machine for a pod of an earlier engine; its first event is `adopted`.
    public init(pod: Pod, snapshot: JSON, settings: EngineSettings = .standard) throws(Failure) {
        self.init(pod: pod, settings: settings)
    }
}
