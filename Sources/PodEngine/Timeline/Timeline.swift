public import Formats

/// Who waited for whom: the marks and waits of a pod's containers in milliseconds since its first event.
public struct Timeline: Sendable, Hashable {
    /// Something that happened to one run of a container.
    public enum Mark: String, Sendable, Hashable, CaseIterable {
        /// Its image was there.
        case pulled
        /// It was made.
        case created
        /// Its process was started.
        case started
        /// Its `postStart` hook had ended.
        case postStartDone
        /// Its startup probe had succeeded.
        case startupPassed
        /// It was ready for the first time.
        case ready
        /// Its stop was asked for.
        case killingRequested
        /// Its `preStop` hook had ended or used up the grace.
        case preStopDone
        /// The stop signal went out.
        case signalSent
        /// Its process had ended.
        case exited
    }

    /// One run of a container.
    public struct Run: Sendable, Hashable {
        /// Which run, from 0.
        public var attempt: Int
        /// When each thing happened, in milliseconds.
        public var marks: [Mark: Int64]
        /// The exit code, once it has ended.
        public var exitCode: Int?
    }

    /// A stretch of time in which a container could not go on.
    public struct Wait: Sendable, Hashable {
        /// What it waited for: `init container "setup"`, `image pull`, `sidecar "b" to stop`, ...
        public var reason: String
        /// From when, in milliseconds.
        public var from: Int64
        /// Until when; nil while it lasts.
        public var to: Int64?
    }

    /// The history of one container.
    public struct Container: Sendable, Hashable {
        /// The container's name.
        public var name: String
        /// Its runs, oldest first; at most the limit of the settings.
        public var runs: [Run]
        /// How many older runs were left out.
        public var runsDropped: Int
        /// What it waited for, in order.
        public var waits: [Wait]
    }

    /// The containers: init containers, then regular ones, each in spec order.
    public var containers: [Container]
    /// How far the timeline reaches, in milliseconds.
    public var length: Int64

    /// The timeline as JSON, as `remora timeline -o json` prints it.
    public var json: JSON {
        var object = JSONObject()
        object["lengthMilliseconds"] = .int(length)
        object["containers"] = .array(containers.map(\.json))
        return .object(object)
    }
}

extension Timeline.Container {
    /// The container's history as JSON.
    var json: JSON {
        var object = JSONObject()
        object["name"] = .string(name)
        object["runsDropped"] = .int(Int64(runsDropped))
        object["runs"] = .array(runs.map(\.json))
        object["waits"] = .array(waits.map(\.json))
        return .object(object)
    }
}

extension Timeline.Run {
    /// The run as JSON; marks that were not reached are left out.
    var json: JSON {
        var object = JSONObject()
        object["run"] = .int(Int64(attempt))
        for mark in Timeline.Mark.allCases {
            if let at = marks[mark] { object[mark.rawValue] = .int(at) }
        }
        if let exitCode { object["exitCode"] = .int(Int64(exitCode)) }
        return .object(object)
    }
}

extension Timeline.Wait {
    /// The wait as JSON; `to` is left out while it lasts.
    var json: JSON {
        var object = JSONObject()
        object["reason"] = .string(reason)
        object["from"] = .int(from)
        if let to { object["to"] = .int(to) }
        return .object(object)
    }
}
