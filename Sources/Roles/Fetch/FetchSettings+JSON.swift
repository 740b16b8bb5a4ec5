import Basics
import Formats

extension FetchSettings {
    /// The settings as the admin page `/config` tells them: without credentials and header fields.
    var json: JSON {
        var object = JSONObject()
        object["files"] = .array(
            items.map { item in
                var entry = JSONObject()
                entry["from"] = .string(item.name)
                entry["to"] = .string(item.target)
                entry["mode"] = .string("0" + String(item.mode, radix: 8))
                entry["unpack"] = .string(item.packing.rawValue)
                entry["checksum"] = item.checksum.map { .string("\($0)") }
                entry["checksumUrl"] = item.checksumList.map { .string("\($0)") }
                return .object(entry)
            }
        )
        object["everySeconds"] = every.map { .double($0.inSeconds) }
        object["timeoutSeconds"] = timeout.map { .double($0.inSeconds) }
        object["tries"] = .int(Int64(retries.tries))
        object["redirects"] = .int(Int64(redirects))
        object["then"] = .strings(deeds.map { "\($0)" })
        return .object(object)
    }
}
