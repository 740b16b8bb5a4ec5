import Basics
import Records

/// The logs of AWS, and the Common Event Format.
enum CloudLogFunctions {
    static let all: [Function] = [parseLoadBalancer, parseFlow, parseCEF, parseCloudWatch]

    // MARK: Application load balancers

    private static let optional = TypeInfo([.bytes, .null])

    private static let parseLoadBalancer = Function(
        "parse_aws_alb_log",
        [Parameter("value", .bytes), .optional("strict_mode", .boolean)],
        .object([
            "actions_executed": optional, "chosen_cert_arn": optional,
            "classification_reason": optional, "classification": optional,
            "client_host": TypeInfo([.bytes, .null]), "domain_name": optional,
            "elb_status_code": optional, "elb": optional, "error_reason": optional,
            "matched_rule_priority": optional, "received_bytes": TypeInfo([.integer, .null]),
            "redirect_url": optional, "request_creation_time": optional, "request_method": optional,
            "request_processing_time": TypeInfo(.float), "request_protocol": optional,
            "request_url": optional, "response_processing_time": TypeInfo(.float),
            "sent_bytes": TypeInfo([.integer, .null]), "ssl_cipher": optional,
            "ssl_protocol": optional, "target_group_arn": optional, "target_host": optional,
            "target_port_list": TypeInfo([.array, .null]),
            "target_processing_time": TypeInfo(.float),
            "target_status_code_list": TypeInfo([.array, .null]), "target_status_code": optional,
            "timestamp": optional, "trace_id": optional, "type": TypeInfo(.bytes),
            "user_agent": optional, "traceability_id": optional,
        ]),
        fails: true
    ) { arguments, _ throws(FunctionError) in
        var reader = LineReader(try arguments.text(0))
        return .object(try reader.loadBalancer(isStrict: arguments.boolean(1, or: true)))
    }

    // MARK: Flows of virtual networks

    private static let numbers: Set<String> = [
        "bytes", "dstport", "end", "packets", "protocol", "srcport", "start", "tcp_flags",
        "traffic_path", "version", "encryption_status",
    ]
    private static let texts: Set<String> = [
        "account_id", "action", "az_id", "dstaddr", "flow_direction", "instance_id", "interface_id",
        "log_status", "pkt_dstaddr", "pkt_dst_aws_service", "pkt_srcaddr", "pkt_src_aws_service",
        "region", "srcaddr", "sublocation_id", "sublocation_type", "subnet_id", "type", "vpc_id",
        "ecs_cluster_arn", "ecs_cluster_name", "ecs_container_instance_arn",
        "ecs_container_instance_id", "ecs_container_id", "ecs_second_container_id",
        "ecs_service_name", "ecs_task_definition_arn", "ecs_task_arn", "ecs_task_id",
        "reject_reason", "resource_id", "interface_type",
    ]

    private static let parseFlow = Function(
        "parse_aws_vpc_flow_log",
        [Parameter("value", .bytes), .optional("format", .bytes)],
        .object(
            Dictionary(
                uniqueKeysWithValues: texts.map { ($0, TypeInfo([.bytes, .null])) }
                    + numbers.map { ($0, TypeInfo([.integer, .null])) }
            )
        ),
        fails: true,
        check: { known throws(FunctionError) in
            let keys = (known.text(1) ?? "version").split(separator: " ").map(String.init)
            for key in keys where !texts.contains(key) && !numbers.contains(key) {
                throw FunctionError("unknown key: `\(key)`")
            }
        }
    ) { arguments, _ throws(FunctionError) in
        let usual =
            "version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes "
            + "start end action log_status"
        let keys = try arguments.text(1, or: usual).split(
            separator: " ",
            omittingEmptySubsequences: false
        )
        let items = try arguments.text(0).split(separator: " ", omittingEmptySubsequences: false)
        var fields: Fields = [:]
        for place in 0..<max(keys.count, items.count) {
            guard place < keys.count else {
                throw FunctionError("no key for value: `\(items[place])`")
            }
            let key = String(keys[place])
            guard place < items.count else { throw FunctionError("no item for key: `\(key)`") }
            let item = String(items[place])
            guard texts.contains(key) || numbers.contains(key) else {
                throw FunctionError("unknown key: `\(key)`")
            }
            guard fields[key] == nil else {
                throw FunctionError("value already exists for key: `\(key)`")
            }
            if item == "-" {
                fields[key] = .null
            } else if texts.contains(key) {
                fields[key] = .text(item)
            } else {
                guard let number = Int64(item) else {
                    throw FunctionError("failed to parse value as i64 (key: `\(key)`): `\(item)`")
                }
                fields[key] = .integer(number)
            }
        }
        return .object(fields)
    }

    // MARK: Subscriptions of CloudWatch

    private static let parseCloudWatch = Function(
        "parse_aws_cloudwatch_log_subscription_message",
        [Parameter("value", .bytes)],
        .object([
            "owner": TypeInfo(.bytes), "message_type": TypeInfo(.bytes),
            "log_group": TypeInfo(.bytes), "log_stream": TypeInfo(.bytes),
            "subscription_filters": .array(of: .bytes), "log_events": .array(of: .object),
        ]),
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0)
        let message: Fields?
        do throws(JSONMistake) {
            message = try JSONReader.fields(bytes.span, repair: .replace)
        } catch {
            throw FunctionError("unable to parse: \(error)")
        }
        guard let message else { throw FunctionError("unable to parse: invalid type") }
        func need(_ key: String) throws(FunctionError) -> Value {
            guard let value = message[key] else {
                throw FunctionError("unable to parse: missing field `\(key)`")
            }
            return value
        }
        var events: [Value] = []
        guard case .array(let items) = try need("logEvents") else {
            throw FunctionError("unable to parse: invalid type")
        }
        for item in items {
            guard case .object(let event) = item, case .integer(let time)? = event["timestamp"],
                let stamp = Timestamp(unix: time, .milliseconds)
            else { throw FunctionError("unable to parse: invalid type") }
            events.append(
                .object([
                    "id": event["id"] ?? .null, "message": event["message"] ?? .null,
                    "timestamp": .timestamp(stamp),
                ])
            )
        }
        return .object([
            "owner": try need("owner"), "message_type": try need("messageType"),
            "log_group": try need("logGroup"), "log_stream": try need("logStream"),
            "subscription_filters": try need("subscriptionFilters"), "log_events": .array(events),
        ])
    }

    // MARK: Common Event Format

    private static let heads = [
        "cefVersion", "deviceVendor", "deviceProduct", "deviceVersion", "deviceEventClassId",
        "name",
        "severity",
    ]
    private static let customs: Set<String> = [
        "c6a1", "c6a2", "c6a3", "c6a4", "cfp1", "cfp2", "cfp3", "cfp4", "cn1", "cn2", "cn3", "cs1",
        "cs2", "cs3", "cs4", "cs5", "cs6", "deviceCustomDate1", "deviceCustomDate2", "flexDate1",
        "flexString1", "flexString2",
    ]

    private static let parseCEF = Function(
        "parse_cef",
        [
            Parameter("value", .bytes), .optional("translate_custom_fields", .boolean),
            .optional("strict", .boolean),
        ],
        .object(
            Dictionary(uniqueKeysWithValues: heads.map { ($0, TypeInfo(.bytes)) }),
            others: [.bytes, .null]
        ),
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let pairs = try CommonEvent.read(
            arguments.text(0),
            heads,
            isStrict: arguments.boolean(2, or: true)
        )
        guard try arguments.boolean(1, or: false) else {
            return .object(Fields(pairs.map { ($0.0, .text($0.1)) }))
        }
        var fields: Fields = [:]
        var labels: [String: String] = [:]
        var values: [String: String] = [:]
        for (key, value) in pairs {
            let base = key.hasSuffix("Label") ? String(key.dropLast(5)) : key
            guard customs.contains(base) else {
                fields[key] = .text(value)
                continue
            }
            let isLabel = base != key
            let previous =
                isLabel
                ? labels.updateValue(value, forKey: base) : values.updateValue(value, forKey: base)
            if previous != nil {
                throw FunctionError("Custom field with duplicate \(isLabel ? "label" : "value")")
            }
        }
        for base in Set(labels.keys).union(values.keys).sorted() {
            guard let label = labels[base] else {
                throw FunctionError("Custom field with missing label or value")
            }
            fields[label] = values[base].map { .text($0) } ?? .null
        }
        return .object(fields)
    }
}
