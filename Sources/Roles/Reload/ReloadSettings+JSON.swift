import Basics
import Formats

extension ReloadSettings {
    /// The settings as the admin page `/config` tells them: without passwords, header fields and bodies.
    var json: JSON {
        var object = JSONObject()
        object["directories"] = .strings(scope.trees)
        object["files"] = .strings(scope.files)
        object["recursive"] = .bool(scope.isRecursive)
        object["render"] = .array(
            renderings.map { ["from": .string($0.source), "to": .string($0.target)] }
        )
        object["validate"] = .strings(validations.map(\.text))
        object["do"] = .strings(deeds.map { "\($0)" })
        object["delaySeconds"] = .double(pace.quiet.inSeconds)
        object["intervalSeconds"] = .double(pace.interval.inSeconds)
        object["tries"] = .int(Int64(rules.tries))
        object["initial"] = .bool(rules.actsAtStart)
        object["ready"] = .string(readiness.rawValue)
        object["warnings"] = .strings(warnings)
        return .object(object)
    }
}
