import Formats
public import PodModel
import Reactor
import System

extension VolumeStore {
    /// Looks whether a pod's `emptyDir`s on disk have outgrown their limits.
    ///
    /// To be called every 10 seconds. Only volumes with a limit are measured, off the loop, and the
    /// count ends where the limit is passed. Memory volumes cannot outgrow theirs.
    ///
    /// - Parameter pod: The pod.
    /// - Returns: The message of the eviction, in the kubelet's words, or nil if all is well.
    public func overuse(of pod: Pod) async -> String? {
        for volume in pod.spec.volumes {
            guard case .emptyDir(let source) = volume.source, source.medium.isEmpty,
                let limit = source.sizeLimit, !limit.isZero
            else { continue }
            let place = path(of: volume, pod)
            let bound = Int64(limit.value)
            let usage = try? await Loop.main.offload { try FileTree.usage(of: place, stop: bound) }
            if let usage, usage.bytes > bound {
                return
                    "Usage of EmptyDir volume \"\(volume.name)\" exceeds the limit \"\(limit)\". "
            }
        }
        return nil
    }

    /// What a pod's `emptyDir`s take on disk, in bytes: part of its ephemeral storage.
    ///
    /// - Parameter pod: The pod.
    /// - Returns: The sum; volumes that cannot be measured count as nothing.
    public func diskUsage(of pod: Pod) async -> Int64 {
        var sum: Int64 = 0
        for volume in pod.spec.volumes {
            guard case .emptyDir(let source) = volume.source, source.medium.isEmpty
            else { continue }
            let place = path(of: volume, pod)
            let usage = try? await Loop.main.offload { try FileTree.usage(of: place) }
            sum += usage?.bytes ?? 0
        }
        return sum
    }
}
