/// The files of one container run: its bundle directory and what belongs to it under the run root.
struct BundlePaths: Sendable, Hashable {
    let directory: String
    /// Where conmon reports the exit code first; seen by the engine's watch.
    let exitNotice: String
    /// The OCI runtime's own state.
    let runtimeState: String

    init(_ layout: NodeLayout, id: String) {
        directory = layout.container(id)
        exitNotice = layout.exits + "/" + id
        runtimeState = layout.runtimeState + "/" + id
    }

    var configuration: String { directory + "/config.json" }
    var record: String { directory + "/meta.json" }
    var lastWords: String { directory + "/termination-log" }
    var rootfs: String { directory + "/rootfs" }
    /// The number of the container's first process, written by the runtime.
    var pid: String { directory + "/pid" }
    /// The number of conmon's process, written by conmon.
    var conmonPid: String { directory + "/conmon.pid" }
    /// The exit code, written by conmon; it survives a reboot.
    var exit: String { directory + "/exit" }
    /// Made by conmon when the kernel has told of a lack of memory.
    var outOfMemory: String { directory + "/oom" }
    /// When the run was started; written just before.
    var started: String { directory + "/started" }
    /// Why the run could not be started.
    var failure: String { directory + "/failure" }
    /// Conmon's control pipe.
    var control: String { directory + "/ctl" }
    /// The pipe on which a made container waits for its start.
    var startGate: String { runtimeState + "/exec.fifo" }

    /// What a failed or broken-off start leaves behind in the bundle.
    var remainsOfStart: [String] {
        [
            pid, conmonPid, exit, outOfMemory, started, control, directory + "/winsz",
            directory + "/attach", exitNotice,
        ]
    }
}
