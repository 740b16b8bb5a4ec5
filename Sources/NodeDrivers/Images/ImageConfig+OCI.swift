public import Formats

extension ImageConfig {
    /// Reads an OCI image configuration (`application/vnd.oci.image.config.v1+json`).
    public init(json: JSON) {
        self.init()
        let config = json["config"] ?? .null
        entrypoint = Self.strings(config["Entrypoint"])
        command = Self.strings(config["Cmd"])
        environment = Self.strings(config["Env"])
        user = config["User"]?.string ?? ""
        workingDirectory = config["WorkingDir"]?.string ?? ""
        stopSignal = config["StopSignal"]?.string ?? ""
        volumes = config["Volumes"]?.object?.keys.sorted() ?? []
        exposedPorts = config["ExposedPorts"]?.object?.keys.sorted() ?? []
        for (key, value) in config["Labels"]?.object?.members ?? [] {
            labels[key] = value.string
        }
    }

    /// The `config` member of an OCI image configuration; empty fields are left out.
    public var json: JSON {
        var object = JSONObject()
        func put(_ key: String, _ list: [String]) {
            if !list.isEmpty { object[key] = .array(list.map(JSON.string)) }
        }
        func put(_ key: String, _ text: String) {
            if !text.isEmpty { object[key] = .string(text) }
        }
        func put(_ key: String, keys: [String]) {
            if keys.isEmpty { return }
            var members = JSONObject()
            for name in keys { members[name] = .object(JSONObject()) }
            object[key] = .object(members)
        }
        put("User", user)
        put("ExposedPorts", keys: exposedPorts)
        put("Env", environment)
        put("Entrypoint", entrypoint)
        put("Cmd", command)
        put("Volumes", keys: volumes)
        put("WorkingDir", workingDirectory)
        put("StopSignal", stopSignal)
        if !labels.isEmpty {
            var members = JSONObject()
            for key in labels.keys.sorted() { members[key] = labels[key].map(JSON.string) }
            object["Labels"] = .object(members)
        }
        return .object(object)
    }

    private static func strings(_ json: JSON?) -> [String] {
        json?.array?.compactMap(\.string) ?? []
    }
}
