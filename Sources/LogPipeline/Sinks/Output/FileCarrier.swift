import Basics
import Reactor
import System

/// Writes records to files whose paths may depend on the records, a line each.
///
/// Files are begun anew by size and age, and when somebody else has moved them away. On a full disk
/// records wait; a line of which a part was written goes on where it stopped.
@MainLoop final class FileCarrier: Carrier {
    private struct OpenFile {
        var writer: RecordWriter
        var size: Int64
        var began: Instant
        var used: Instant
        var checked: Instant
        var device: UInt64
        var inode: UInt64
        var isRegular: Bool
    }

    private let settings: FileSinkSettings
    private var encoder: RecordEncoder
    private var template: TextTemplate
    private let hasSteps: Bool
    private var files: [String: OpenFile] = [:]
    private var refusal: String?
    private var alarm: Alarm?

    private static let openMaximum = 256
    /// How often it is looked whether a file still has its name.
    private static let check = Duration.seconds(1)

    init(_ settings: FileSinkSettings) {
        self.settings = settings
        encoder = RecordEncoder(settings.encoding)
        template = TextTemplate(settings.path)
        hasSteps = Self.climbs(settings.path)
    }

    // MARK: Records

    func partition(of event: inout Event) -> [UInt8] {
        refusal = nil
        var path: [UInt8] = []
        let scope = TextTemplate.Scope(&event, needsFields: template.needsFields)
        if template.append(scope, to: &path) != nil {
            refusal = "the path \(settings.path) needs a field that the record does not have"
            return []
        }
        // What a record says must not lead out of the directory.
        if path.contains(0) || (!hasSteps && Self.climbs(String(decoding: path, as: UTF8.self))) {
            refusal = "its path would lead elsewhere"
            return []
        }
        return path
    }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        if let refusal { return refusal }
        encoder.append(&event, to: &bytes)
        bytes.append(10)
        return nil
    }

    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8] {
        Array(load.bytes[record].dropLast())
    }

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        let path = String(decoding: partition, as: UTF8.self)
        let outcome: RecordWriter.Outcome
        do throws(Failure) {
            let writer = try await file(path, for: load.bytes.count)
            let before = writer.written
            outcome = await writer.write(load)
            files[path]?.size += writer.written - before
            files[path]?.used = Loop.main.now
            if settings.syncs, case .done = outcome {
                try await sync(writer.descriptor, path)
            }
        } catch {
            return .failed(Setback(.retry, "\(error)"))
        }
        watchIdle()
        return outcome.answer(of: load.count)
    }

    func close() async {
        alarm = nil
        for file in files.values { file.writer.close() }
        files = [:]
    }

    private static func climbs(_ path: String) -> Bool {
        path.split(separator: "/").contains("..")
    }

    // MARK: Files

    /// The writer of a path, with room for so many bytes before the file is begun anew.
    private func file(_ path: String, for count: Int) async throws(Failure) -> RecordWriter {
        let now = Loop.main.now
        if var file = files[path] {
            let isTooLarge =
                settings.rotateBytes.map { file.size > 0 && file.size + Int64(count) > $0 } ?? false
            let isTooOld = settings.rotateAfter.map { now - file.began >= $0 } ?? false
            if file.isRegular, file.size > 0, isTooLarge || isTooOld {
                file.writer.close()
                files[path] = nil
                try await rotate(path)
            } else if now - file.checked >= Self.check {
                file.checked = now
                files[path] = file
                let status = try? Files.stat(path)
                if status.map({ $0.inode == file.inode && $0.device == file.device }) ?? false {
                    return file.writer
                }
                file.writer.close()
                files[path] = nil
            } else {
                return file.writer
            }
        } else if let limit = settings.rotateBytes, let status = try? Files.stat(path),
            status.kind == .file, status.size > 0, status.size + Int64(count) > limit
        {
            try await rotate(path)
        }
        return try open(path, now)
    }

    private func open(_ path: String, _ now: Instant) throws(Failure) -> RecordWriter {
        if files.count >= Self.openMaximum,
            let oldest = files.min(by: { $0.value.used < $1.value.used })?.key
        {
            files[oldest]?.writer.close()
            files[oldest] = nil
        }
        do throws(SystemError) {
            if settings.makesDirectories { try Files.makeDirectories(Files.parent(of: path)) }
            let descriptor = try Descriptors.openAppending(path, mode: settings.permissions)
            let status = try Files.stat(descriptor: descriptor.number)
            let writer = RecordWriter(adopting: descriptor.release(), subject: path)
            files[path] = OpenFile(
                writer: writer,
                size: status.size,
                began: now,
                used: now,
                checked: now,
                device: status.device,
                inode: status.inode,
                isRegular: status.kind == .file
            )
            return writer
        } catch {
            throw Failure("cannot open \(path)", error)
        }
    }

    private func sync(_ descriptor: Int32, _ path: String) async throws(Failure) {
        do {
            try await Loop.main.offload { try Descriptors.sync(descriptor) }
        } catch let error as SystemError {
            throw Failure("cannot write \(path) to the disk", error)
        } catch {
            throw Failure(.cancelled, "writing \(path) was ended")
        }
    }

    /// Moves a file and the old ones before it one number further.
    private func rotate(_ path: String) async throws(Failure) {
        let (kept, compression) = (max(0, settings.keptFiles), settings.compression)
        do {
            try await Loop.main.offload {
                try FileRotation.rotate(path, kept: kept, compression: compression)
            }
        } catch let error as SystemError {
            throw Failure("cannot begin \(path) anew", error)
        } catch {
            throw Failure(.cancelled, "beginning \(path) anew was ended")
        }
    }

    private func watchIdle() {
        guard alarm == nil, !files.isEmpty else { return }
        let next = files.values.map { $0.used + settings.idleTimeout }.min() ?? Loop.main.now
        alarm = Alarm(at: max(next, Loop.main.now + .milliseconds(100))) { [weak self] in
            self?.closeIdle()
        }
    }

    private func closeIdle() {
        alarm = nil
        let now = Loop.main.now
        for (path, file) in files where now - file.used >= settings.idleTimeout {
            file.writer.close()
            files[path] = nil
        }
        watchIdle()
    }
}
