internal import System

extension PodNetwork {
    /// Removes what no record tells of: after a record was lost or spoilt.
    ///
    /// No plugin runs yet when this is called. A network interface goes with its namespace.
    func removeStrays() throws(SystemError) {
        for name in try Files.list(layout.sandboxRecords)
        where !sandboxes.keys.contains(String(name.dropLast(5))) {
            try Files.remove(layout.sandboxRecords + "/" + name)
        }
        for name in try Files.list(layout.pidNamespaces) {
            let uid = name.hasSuffix(".holder") ? String(name.dropLast(7)) : name
            if sandboxes[uid] == nil {
                try NamespaceHolder.release(pin: layout.pidNamespace(ofPod: uid))
            }
        }
        for directory in [
            layout.networkNamespaces, layout.ipcNamespaces, layout.utsNamespaces,
            layout.userNamespaces,
        ] {
            for uid in try Files.list(directory) where sandboxes[uid] == nil {
                try Namespaces.release(directory + "/" + uid)
            }
        }
        for uid in try Files.list(layout.runRoot + "/shm") where sandboxes[uid] == nil {
            let memory = layout.sharedMemory(ofPod: uid)
            while try Mounts.unmount(memory, lazily: true) {}
            try Files.remove(memory)
        }
        try releaseLeases()
    }

    /// Gives back addresses whose holder is unknown.
    ///
    /// `host-local` keeps one file per address, which begins with the name of the attachment.
    private func releaseLeases() throws(SystemError) {
        let known = Set(sandboxes.values.map { target(of: $0).container })
        for network in try Files.list(layout.addressLeases) {
            let directory = layout.addressLeases + "/" + network
            for name in try Files.list(directory) where name.first?.isNumber == true {
                let file = directory + "/" + name
                let holder = try Files.text(file, limit: 4096).prefix { !$0.isNewline }
                if !known.contains(String(holder)) { try Files.remove(file) }
            }
        }
    }
}
