internal import Basics
internal import Formats
import PodModel
internal import System

/// What a pod's `fsGroup` does to a volume that the engine manages.
///
/// (kubelet: `pkg/volume/volume_linux.go`)
struct VolumeOwnership: Sendable, Hashable {
    /// The group.
    let group: UInt32
    /// Bits that every file gets: `0660`, or `0440` where containers only read.
    let fileBits: UInt32

    /// Nil if the pod asks for no group.
    init?(_ pod: Pod, isReadOnly: Bool) {
        guard let wanted = pod.spec.securityContext.fsGroup,
            let group = UInt32(exactly: wanted)
        else { return nil }
        self.group = group
        fileBits = isReadOnly ? 0o440 : 0o660
    }

    /// Bits that directories get as well: set-group-ID and search.
    static let directoryBits: UInt32 = 0o2110

    /// The mode of a fresh directory under this rule.
    func directoryMode(_ mode: UInt32) -> UInt32 { mode | fileBits | Self.directoryBits }

    /// Applies the rule to a whole tree.
    func apply(to path: String) throws(SystemError) {
        try FileTree.grant(
            path,
            group: group,
            fileBits: fileBits,
            directoryBits: Self.directoryBits
        )
    }

    /// Whether the top of a tree does not fit, so that `OnRootMismatch` has to change it.
    func mismatches(_ path: String) throws(SystemError) -> Bool {
        let status = try Files.stat(path)
        guard status.kind == .directory, status.group == group else { return true }
        let wanted = fileBits | Self.directoryBits
        return status.mode & wanted != wanted
    }
}
