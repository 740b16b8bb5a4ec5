/// The files of one container run: its record, its OCI bundle, and what conmon and the runtime keep.
struct BundlePaths: Sendable, Hashable {
    /// What outlives a reboot.
    let directory: String
    /// The OCI bundle, with conmon's pipes and process numbers; lost with a reboot, as the processes.
    let bundle: String
    /// Where conmon reports the exit code first; seen by the engine's watch.
    let exitNotice: String
    /// The OCI runtime's own state.
    let runtimeState: String

    init(_ layout: NodeLayout, id: String) {
        directory = layout.container(id)
        bundle = layout.bundles + "/" + id
        exitNotice = layout.exits + "/" + id
        runtimeState = layout.runtimeState + "/" + id
    }

    var record: String { directory + "/meta.json" }
    var lastWords: String { directory + "/termination-log" }
    /// The exit code, kept for the time after a reboot.
    var exit: String { directory + "/exit" }
    /// There is one if the run was killed for its memory; kept with the exit code.
    var outOfMemory: String { directory + "/oom" }
    /// When the run was started; written just before.
    var started: String { directory + "/started" }
    /// Why the run could not be started.
    var failure: String { directory + "/failure" }

    var configuration: String { bundle + "/config.json" }
    /// The number of the container's first process, written by the runtime.
    var pid: String { bundle + "/pid" }
    /// The number of conmon's process, written by conmon.
    var conmonPid: String { bundle + "/conmon.pid" }
    /// Conmon's control pipe.
    var control: String { bundle + "/ctl" }
    /// The pipe on which a made container waits for its start.
    var startGate: String { runtimeState + "/exec.fifo" }

    /// What a failed or broken-off start leaves behind.
    var remainsOfStart: [String] {
        [
            pid, conmonPid, control, bundle + "/winsz", bundle + "/attach", bundle + "/oom",
            exit, outOfMemory, started, exitNotice,
        ]
    }
}
