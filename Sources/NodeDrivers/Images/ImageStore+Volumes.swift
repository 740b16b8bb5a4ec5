internal import Basics
public import PodEngine
internal import System

/// Image volumes: the tree of an image, shown read-only in a directory of a pod.
///
/// (KEP-4639: mounted `ro,noexec`)
extension ImageStore {
    /// Shows the files of an image at an empty directory, read-only.
    ///
    /// The image counts as used as long as the directory's neighbour, the note that is made here, exists;
    /// whoever removes the directory removes both.
    ///
    /// - Parameters:
    ///   - id: What a pull returned as `ImageIdentity.id`.
    ///   - target: The directory, `<root>/pods/<uid>/volumes/<volume>`.
    /// - Throws: `ImageInspectError` if the image has gone meanwhile; `FailedMount`.
    public func mountVolume(image id: String, at target: String) async throws(StepFailure) {
        let record = try record(id)
        do throws(Failure) {
            // The note comes first: from then on nothing removes the tree.
            do throws(SystemError) {
                try Files.write(Self.volumeNote(for: target), record.tree, mode: 0o600)
            } catch {
                throw Failure("cannot note the use of the image", error)
            }
            let manifest = try manifest(of: record)
            try await ensureTree(record.tree, manifest: record.manifest, of: manifest)
            do throws(SystemError) {
                try Mounts.bind(
                    layout.imageTree(record.tree),
                    at: target,
                    flags: [.readOnly, .noSetUserID, .noDevices, .noExecute]
                )
            } catch {
                throw Failure("cannot mount the image", error)
            }
        } catch {
            throw StepFailure(reason: "FailedMount", message: error.description)
        }
    }

    /// The pods that show an image in a volume, by the image's tree.
    func volumeUsers() -> [String: [String]] {
        var users: [String: [String]] = [:]
        for pod in (try? Files.list(layout.pods)) ?? [] {
            let directory = layout.volumes(ofPod: pod)
            for name in (try? Files.list(directory)) ?? [] where name.hasPrefix(Self.notePrefix) {
                guard let tree = try? Files.text(directory + "/" + name, limit: 128) else {
                    continue
                }
                users[tree, default: []].append(pod)
            }
        }
        return users
    }

    /// No volume's name begins with dots.
    private static let notePrefix = "..image-"

    private static func volumeNote(for target: String) -> String {
        let parent = Files.parent(of: target)
        return parent + "/" + notePrefix + target.dropFirst(parent.utf8.count + 1)
    }
}
