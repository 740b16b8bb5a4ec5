internal import Basics
internal import Formats
public import PodEngine
internal import Reactor
internal import Security

/// When a registry is asked for an image.
public enum ImagePullPolicy: String, Sendable, Hashable, CaseIterable {
    /// At every start of a container.
    case always = "Always"
    /// When the image is not there.
    case ifNotPresent = "IfNotPresent"
    /// Not at all.
    case never = "Never"
}

extension ImageStore {
    /// Makes an image available to a pod, as the kubelet's image manager does.
    ///
    /// Pulls of the same image at the same time are one. `began` is called when a registry is asked,
    /// `progress` with skopeo's lines. Throws `InvalidImageName`, `ErrImageNeverPull`,
    /// `ErrImagePull`, `RegistryUnavailable` or `ImageInspectError`. Cancellation ends the programs
    /// that run for it, unless another pull waits for the same.
    public func pull(
        _ text: String,
        policy: ImagePullPolicy,
        secrets: [PullSecret] = [],
        began: (() -> Void)? = nil,
        progress: ((String) -> Void)? = nil
    ) async throws(StepFailure) -> ImageIdentity {
        let start = Loop.main.now
        guard let reference = ImageReference(text) else {
            throw StepFailure(
                reason: "InvalidImageName",
                message: "Failed to apply default image tag \"\(text)\": couldn't parse image name"
                    + " \"\(text)\": invalid reference format; write it as"
                    + " [registry/]repository[:tag][@digest] in lower case"
            )
        }
        if reference.isBuiltIn { return try await builtIn(reference, text) }
        let credentials = secrets.credentials(for: reference)
        if let identity = try await present(reference, text, policy, credentials) {
            return identity
        }
        began?()
        let pulling = Loop.main.now
        let record = try await fetch(reference, text, credentials, progress)
        noteUse(of: record)
        let (took, waited) = (Loop.main.now - pulling, Loop.main.now - start)
        return ImageIdentity(
            reference: reference.description,
            id: record.shownID,
            message: "Successfully pulled image \"\(text)\" in \(took.inGoNotation)"
                + " (\(waited.inGoNotation) including waiting). Image size: \(record.size) bytes.",
            wasPulled: true
        )
    }

    /// The image if the policy allows to use what is there.
    private func present(
        _ reference: ImageReference,
        _ text: String,
        _ policy: ImagePullPolicy,
        _ credentials: [RegistryCredential]
    ) async throws(StepFailure) -> ImageIdentity? {
        if policy == .always { return nil }
        guard let record = ImageLookup(records: records).record(for: reference) else {
            if policy == .ifNotPresent { return nil }
            throw StepFailure(
                reason: "ErrImageNeverPull",
                message: "Container image \"\(text)\" is not present with pull policy of Never;"
                    + " pull, load or import it with `remora image`"
            )
        }
        guard record.isUsable(with: credentials) else {
            if policy == .ifNotPresent { return nil }
            throw StepFailure(
                reason: "ErrImageNeverPull",
                message:
                    "Container image \"\(text)\" was pulled with a secret that this pod does not"
                    + " have, and its pull policy is Never; add the secret to imagePullSecrets"
            )
        }
        do throws(Failure) {
            let manifest = try manifest(of: record)
            _ = try blobs.document(record.id)
            try await ensureTree(record.tree, manifest: record.manifest, of: manifest)
        } catch {
            // A damaged copy is as good as none, as long as another one may be had.
            if policy == .ifNotPresent, record.repositoryDigest != nil { return nil }
            throw StepFailure(
                reason: "ImageInspectError",
                message: "Failed to inspect image \"\(text)\": \(error)"
            )
        }
        noteUse(of: record)
        return ImageIdentity(
            reference: record.reference ?? reference.description,
            id: record.shownID,
            message: "Container image \"\(text)\" already present on machine and can be accessed by"
                + " the pod",
            wasPulled: false
        )
    }

    /// Joins the pull of the same image, or begins one, and waits for it.
    private func fetch(
        _ reference: ImageReference,
        _ text: String,
        _ credentials: [RegistryCredential],
        _ progress: ((String) -> Void)?
    ) async throws(StepFailure) -> ImageRecord {
        let key = PullFlight.Key(reference: reference, credentials: credentials)
        let flight: PullFlight
        if let known = flights[key], !known.isAbandoned {
            flight = known
        } else {
            flight = PullFlight()
            flights[key] = flight
            flight.start(ended: { [self] in
                if flights[key] === flight { flights[key] = nil }
            }) { [self] progress in
                await download(reference, credentials, progress)
            }
        }
        switch await flight.wait(progress) {
        case .success(let record): return record
        case .failure(let failure): throw Self.stepFailure(failure, text, reference)
        }
    }

    /// Tries the logins one after the other, as the kubelet does; none means the machine's own.
    private func download(
        _ reference: ImageReference,
        _ credentials: [RegistryCredential],
        _ progress: @escaping (String) -> Void
    ) async -> PullFlight.Outcome {
        var last = SkopeoFailure(.other, "no login was tried")
        for credential in credentials.isEmpty ? [nil] : credentials.map(Optional.some) {
            do throws(SkopeoFailure) {
                let record = try await gate.making { () async throws(SkopeoFailure) in
                    try await download(reference, credential, progress)
                }
                return .success(record)
            } catch {
                last = error
                // Another login helps only where this one was refused.
                if error.kind != .unauthorized && error.kind != .notFound { break }
            }
        }
        return .failure(last)
    }

    private func download(
        _ reference: ImageReference,
        _ credential: RegistryCredential?,
        _ progress: @escaping (String) -> Void
    ) async throws(SkopeoFailure) -> ImageRecord {
        var source = Skopeo.Source(
            name: "docker://" + reference.wanted,
            credential: credential,
            host: reference.host,
            isInsecure: reference.isOnLoopback
        )
        // First what the name means now: the digest. What is fetched is then beyond doubt.
        let document = try await skopeo.rawManifest(of: source)
        let digest = "sha256:" + SHA256.hexadecimal(of: document)
        if let wanted = reference.digest, wanted != digest {
            throw SkopeoFailure(.damaged, "the registry answered with \(digest), not \(wanted)")
        }
        let name = reference.repository + "@" + digest
        let holders: Set<String>? = credential.map { [$0.fingerprint] }
        if let record = await unchanged(reference, name, holders) { return record }
        source.name = "docker://" + name
        return try await acquire(source, progress: progress) { acquired in
            acquired.reference = reference.description
            acquired.repositoryDigest = name
            acquired.holders = holders
        }
    }

    /// The entry that a pull would make anew, if it is there and whole.
    private func unchanged(
        _ reference: ImageReference,
        _ repositoryDigest: String,
        _ holders: Set<String>?
    ) async -> ImageRecord? {
        guard var record = records.first(where: { $0.repositoryDigest == repositoryDigest }),
            let manifest = try? manifest(of: record), manifest.blobs.allSatisfy(blobs.holds),
            (try? blobs.document(record.id)) != nil,
            (try? await ensureTree(record.tree, manifest: record.manifest, of: manifest)) != nil
        else { return nil }
        record.reference = reference.description
        record.holders = holders
        return (try? add(record)) == nil ? nil : image(named: reference.description)
    }

    private static func stepFailure(
        _ failure: SkopeoFailure,
        _ text: String,
        _ reference: ImageReference
    ) -> StepFailure {
        let remedy = failure.remedy(host: reference.host)
        let tail = failure.cause + (remedy.isEmpty ? "" : "; " + remedy)
        if failure.kind == .overloaded {
            return StepFailure(
                reason: "RegistryUnavailable",
                message: "image pull failed for \(text) because the registry is unavailable: "
                    + tail
            )
        }
        return StepFailure(
            reason: "ErrImagePull",
            message: "failed to pull image \"\(text)\": " + tail
        )
    }
}

extension Duration {
    /// As Go prints a duration cut to milliseconds: `0s`, `85ms`, `1.2s`, `1m2.5s`.
    var inGoNotation: String {
        let total = max(0, milliseconds)
        if total == 0 { return "0s" }
        if total < 1000 { return "\(total)ms" }
        var fraction = String(1000 + total % 1000).dropFirst()
        while fraction.hasSuffix("0") { fraction = fraction.dropLast() }
        let tail = "\(total / 1000 % 60)" + (fraction.isEmpty ? "" : "." + fraction) + "s"
        let (hours, minutes) = (total / 3_600_000, total / 60_000 % 60)
        if hours > 0 { return "\(hours)h\(minutes)m" + tail }
        return minutes > 0 ? "\(minutes)m" + tail : tail
    }
}
