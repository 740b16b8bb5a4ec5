internal import Basics
internal import Formats
internal import Node
internal import NodeAPI
internal import Reactor

/// Brings the pods of controllers into the store by the door of clients.
@MainLoop struct ControllerPods: PodCreator {
    let api: NodeAPI

    func create(_ pod: JSON) async throws(Failure) -> JSON {
        try await api.createPod(pod)
    }
}
