import Basics
import Formats
import PodModel
import Reactor
import System

extension VolumeStore {
    /// Fills a volume made from objects; returns whether its content changed.
    @discardableResult
    func fill(
        _ volume: Volume,
        _ pod: Pod,
        _ lookup: any ObjectLookup
    ) throws(VolumeProblem) -> Bool {
        let place = path(of: volume, pod)
        let writer = AtomicWriter(directory: place)
        let set = try files(of: volume, pod, lookup, writer)
        let ownership = VolumeOwnership(pod, isReadOnly: true)
        return try describe { () throws(SystemError) in
            try makeObjectDirectory(place, volume, pod, ownership)
            return try writer.write(set, at: Loop.main.moment.wall) { version throws(SystemError) in
                try ownership?.apply(to: version)
            }
        }
    }

    /// The directory of such a volume, with the places where something is mounted below it.
    private func makeObjectDirectory(
        _ place: String,
        _ volume: Volume,
        _ pod: Pod,
        _ ownership: VolumeOwnership?
    ) throws(SystemError) {
        // Always first, so that a directory left without its tmpfs never takes a secret.
        if volume.source.isInMemory { try prepareMemoryRoot() }
        guard !Files.isDirectory(place) else { return }
        try Files.makeDirectories(
            Files.parent(of: place),
            mode: volume.source.isInMemory ? 0o700 : 0o750
        )
        // The modes that tmpfs and emptyDir give in the kubelet.
        let mode: UInt32 = volume.source.isInMemory ? 0o1777 : 0o777
        try Files.makeDirectories(place, mode: mode)
        for nested in NestedMountPoints.of(volume.name, in: pod).sorted() {
            _ = try SafePath.makeDirectories(nested, below: place, mode: 0o755)
        }
        if let ownership { try ownership.apply(to: place) }
    }

    private func files(
        of volume: Volume,
        _ pod: Pod,
        _ lookup: any ObjectLookup,
        _ writer: AtomicWriter
    ) throws(VolumeProblem) -> FileSet {
        let addresses = pod.status.podIPs.map(\.ip)
        let payload = ObjectPayload(
            fields: DownwardFields(pod: pod, podIPs: addresses, node: node),
            lookup: lookup
        )
        switch volume.source {
        case .configMap(let source):
            return try payload.configMap(
                source.name,
                items: source.items,
                defaultMode: source.defaultMode,
                isOptional: source.optional ?? false
            )
        case .secret(let source):
            return try payload.secret(
                source.secretName,
                items: source.items,
                defaultMode: source.defaultMode,
                isOptional: source.optional ?? false
            )
        case .downwardAPI(let source):
            return try payload.downward(source.items, defaultMode: source.defaultMode)
        case .projected(let source):
            return try payload.projected(source) { source throws(VolumeProblem) in
                try token(source, pod, writer)
            }
        default: return FileSet()
        }
    }

    /// The token that stands in a volume already, or a new one when most of its time is over.
    private func token(
        _ source: ServiceAccountTokenProjection,
        _ pod: Pod,
        _ writer: AtomicWriter
    ) throws(VolumeProblem) -> [UInt8] {
        let present = (try? FileSet.cleaned(source.path)).flatMap { writer.content(of: $0) }
        guard let makeToken else {
            // Nobody verifies it: it proves nothing, and only makes the file exist.
            return present ?? Array(("remora-local." + Random.hexadecimal(64)).utf8)
        }
        if let present, TokenLife(present)?.isFresh(at: Loop.main.moment.wall) == true {
            return present
        }
        do throws(Failure) { return Array(try makeToken(source, pod).utf8) } catch {
            throw VolumeProblem(text: "failed to fetch token: \(error.cause)")
        }
    }
}
