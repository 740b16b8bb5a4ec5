internal import Basics
package import Formats

/// Objects in Kubernetes' protobuf form, which kubectl 1.32 and newer sends for typed commands.
///
/// A body is `k8s\0`, then an envelope with the kind and the object's message. Go writes empty values
/// of fields that are no pointers; those are left out, so that they count as missing as in JSON.
package enum ProtobufBody {
    static let mediaType = "application/vnd.kubernetes.protobuf"

    /// The object in a body.
    ///
    /// - Throws: why the body is none.
    package static func object(in bytes: [UInt8]) throws(FormatError) -> JSON {
        guard bytes.starts(with: [0x6B, 0x38, 0x73, 0x00]) else {
            throw FormatError("the body is no Kubernetes protobuf message")
        }
        var version = ""
        var kind = ""
        var raw: [UInt8] = []
        var envelope = ProtobufReader(bytes[4...])
        while let field = try envelope.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let type)):
                var reader = ProtobufReader(type)
                while let part = try reader.next() {
                    guard case .bytes(let text) = part.value else { continue }
                    if part.number == 1 { version = String(decoding: text, as: UTF8.self) }
                    if part.number == 2 { kind = String(decoding: text, as: UTF8.self) }
                }
            case (2, .bytes(let object)): raw = Array(object)
            default: continue
            }
        }
        // Only one kind looks different in two versions.
        let type = version == "autoscaling/v1" ? kind + "V1" : kind
        guard messages[type] != nil else {
            throw FormatError(
                "\(kind.isEmpty ? "this kind" : kind) is not understood in protobuf",
                remedy: "send it as JSON, for example with kubectl create -f"
            )
        }
        var object: JSON = ["apiVersion": .string(version), "kind": .string(kind)]
        for (key, value) in try message(type, raw[...], depth: 0) { object[key] = value }
        return object
    }

    // MARK: Table

    private struct Field {
        var name: String
        var type: String
        var isRepeated = false
        var isMap = false
        var isInline = false
    }

    private static let messages: [String: [Int: Field]] = {
        var messages: [String: [Int: Field]] = [:]
        var message = ""
        for line in [table, policyTable, networkingTable].joined(separator: "\n").split(
            separator: "\n"
        ) {
            guard line.first == " " else {
                message = String(line)
                messages[message] = [:]
                continue
            }
            for word in line.split(separator: " ") {
                let parts = word.split { $0 == ":" || $0 == "=" }
                guard parts.count == 3, let number = Int(parts[0]) else { continue }
                var field = Field(name: String(parts[1]), type: "")
                field.isInline = parts[2].last == "!"
                field.isRepeated = parts[2].first == "["
                field.isMap = parts[2].first == "{"
                field.type = parts[2].filter { !"[]{}!".contains($0) }
                messages[message]?[number] = field
            }
        }
        return messages
    }()

    /// Optional fields, of which Go writes a zero only if it is meant.
    private static let pointers: Set<String> = [
        "replicas", "terminationGracePeriodSeconds", "activeDeadlineSeconds", "seconds",
        "automountServiceAccountToken", "enableServiceLinks", "shareProcessNamespace", "optional",
        "hostUsers", "runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup", "privileged",
        "readOnlyRootFilesystem", "allowPrivilegeEscalation", "defaultMode", "mode", "immutable",
        "revisionHistoryLimit", "progressDeadlineSeconds", "setHostnameAsFQDN", "priority",
        "controller", "blockOwnerDeletion", "tolerationSeconds", "expirationSeconds", "value",
        "deletionGracePeriodSeconds", "hostProcess", "maxUnavailable", "maxSurge",
        "allocateLoadBalancerNodePorts",
        "minAvailable", "minReplicas", "averageUtilization", "parallelism", "completions",
        "backoffLimit", "manualSelector", "suspend",
        "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes", "succeededCount",
        "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit",
        "timeZone",
    ]

    /// Sub-messages that are no pointers: empty means missing.
    private static let embedded: Set<String> = [
        "metadata", "spec", "status", "strategy", "resources", "template", "jobTemplate",
        "creationTimestamp", "loadBalancer",
    ]

    // MARK: Reading

    private static func message(
        _ name: String,
        _ bytes: ArraySlice<UInt8>,
        depth: Int
    ) throws(FormatError) -> JSONObject {
        guard depth < 64 else { throw FormatError("messages are nested too deep") }
        let fields = messages[name] ?? [:]
        var object = JSONObject()
        var reader = ProtobufReader(bytes)
        while let part = try reader.next() {
            guard let field = fields[part.number] else { continue }
            if field.isInline, case .bytes(let inner) = part.value {
                for (key, value) in try message(field.type, inner, depth: depth + 1) {
                    object[key] = value
                }
            } else if field.isMap {
                guard case .bytes(let entry) = part.value else { continue }
                let (key, value) = try self.entry(field.type, entry, depth: depth)
                var map = object[field.name]?.object ?? JSONObject()
                map[key] = value
                object[field.name] = .object(map)
            } else if field.isRepeated {
                let value = try self.value(field.type, part.value, depth: depth)
                object[field.name] = .array((object[field.name]?.array ?? []) + [value])
            } else {
                let value = try self.value(field.type, part.value, depth: depth)
                if !isMissing(value, field) { object[field.name] = value }
            }
        }
        return object
    }

    private static func isMissing(_ value: JSON, _ field: Field) -> Bool {
        if pointers.contains(field.name) { return false }
        return switch value {
        case .null, .string(""), .int(0), .bool(false): true
        case .object(let object): object.isEmpty && embedded.contains(field.name)
        default: false
        }
    }

    private static func entry(
        _ type: String,
        _ bytes: ArraySlice<UInt8>,
        depth: Int
    ) throws(FormatError) -> (String, JSON) {
        var key = ""
        var value: JSON = type == "quantity" ? "0" : ""
        var reader = ProtobufReader(bytes)
        while let part = try reader.next() {
            if part.number == 1, case .bytes(let text) = part.value {
                key = String(decoding: text, as: UTF8.self)
            } else if part.number == 2 {
                value = try self.value(type, part.value, depth: depth)
            }
        }
        return (key, value)
    }

    private static func value(
        _ type: String,
        _ value: ProtobufReader.Value,
        depth: Int
    ) throws(FormatError) -> JSON {
        switch (type, value) {
        case ("string", .bytes(let text)):
            guard let text = String(validating: text, as: UTF8.self) else {
                throw FormatError("a string in the message is not UTF-8")
            }
            return .string(text)
        case ("bytes", .bytes(let bytes)): return .string(Base64.encode(bytes))
        case ("int", .number(let number)): return .int(Int64(bitPattern: number))
        case ("bool", .number(let number)): return .bool(number != 0)
        case ("quantity", .bytes(let bytes)): return try scalars(bytes)[1]?.string ?? "0"
        case ("intstr", .bytes(let bytes)):
            let parts = try scalars(bytes)
            return parts[1]?.number == 1
                ? parts[3]?.string ?? "" : .int(Int64(parts[2]?.number ?? 0))
        case ("time", .bytes(let bytes)):
            let parts = try scalars(bytes)
            guard let seconds = parts[1]?.number, abs(seconds) < 9_000_000_000 else { return .null }
            return .string(Timestamp(seconds: Int64(seconds)).rfc3339)
        case (_, .bytes(let bytes)) where messages[type] != nil:
            return .object(try message(type, bytes, depth: depth + 1))
        default: throw FormatError("a field of the message has the wrong wire type")
        }
    }

    private struct Scalar {
        var number = 0
        var string: JSON?
    }

    private static func scalars(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> [Int: Scalar] {
        var scalars: [Int: Scalar] = [:]
        var reader = ProtobufReader(bytes)
        while let part = try reader.next() {
            switch part.value {
            case .number(let number):
                scalars[part.number] = Scalar(number: Int(truncatingIfNeeded: number))
            case .bytes(let text):
                scalars[part.number] = Scalar(
                    string: .string(String(decoding: text, as: UTF8.self))
                )
            }
        }
        return scalars
    }
}
