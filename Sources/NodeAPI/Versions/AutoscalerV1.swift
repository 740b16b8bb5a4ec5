internal import Formats

/// HorizontalPodAutoscalers as `autoscaling/v1` writes them, which `kubectl autoscale` sends.
///
/// They are stored as `autoscaling/v2`. What the older version has no field for is text in annotations
/// there, as in Kubernetes.
///
/// Source: `pkg/apis/autoscaling/v1/conversion.go`.
enum AutoscalerV1 {
    private static let cpuField = "targetCPUUtilizationPercentage"
    private static let prefix = "autoscaling.alpha.kubernetes.io/"

    /// The object as it is stored.
    static func stored(_ old: JSON) -> JSON {
        var object = old
        object["apiVersion"] = "autoscaling/v2"
        var metrics = take("metrics", from: &object)?.array.map { $0.map(storedMetric) } ?? []
        if let percent = object["spec"]?[cpuField], !percent.isNull {
            let target: JSON = ["type": "Utilization", "averageUtilization": percent]
            metrics.append(["type": "Resource", "resource": ["name": "cpu", "target": target]])
        }
        object["spec"]?[cpuField] = nil
        if !metrics.isEmpty { object["spec"]?["metrics"] = .array(metrics) }
        if let behavior = take("behavior", from: &object) { object["spec"]?["behavior"] = behavior }
        if let conditions = take("conditions", from: &object), object["status"]?.object != nil {
            object["status"]?["conditions"] = conditions
        }
        if let percent = object["status"]?["currentCPUUtilizationPercentage"], !percent.isNull {
            let current: JSON = ["averageUtilization": percent]
            object["status"]?["currentMetrics"] = [
                ["type": "Resource", "resource": ["name": "cpu", "current": current]]
            ]
        }
        object["status"]?["currentCPUUtilizationPercentage"] = nil
        return object
    }

    /// A stored object in the older form.
    static func form(of stored: JSON) -> JSON {
        var object = stored
        object["apiVersion"] = "autoscaling/v1"
        var others = object["spec"]?["metrics"]?.array ?? []
        object["spec"]?["metrics"] = nil
        if let index = others.firstIndex(where: { share(of: $0, "target") != nil }) {
            object["spec"]?[cpuField] = share(of: others.remove(at: index), "target")
        }
        if !others.isEmpty { put("metrics", .array(others.map(formMetric)), into: &object) }
        if let behavior = object["spec"]?["behavior"] { put("behavior", behavior, into: &object) }
        object["spec"]?["behavior"] = nil
        let current = object["status"]?["currentMetrics"]?.array ?? []
        object["status"]?["currentMetrics"] = nil
        if let percent = current.lazy.compactMap({ share(of: $0, "current") }).first {
            object["status"]?["currentCPUUtilizationPercentage"] = percent
        }
        if let conditions = object["status"]?["conditions"] {
            put("conditions", conditions, into: &object)
        }
        object["status"]?["conditions"] = nil
        return object
    }

    /// The percentage of a metric that is about the CPU of pods.
    private static func share(of metric: JSON, _ part: String) -> JSON? {
        guard metric["type"]?.string == "Resource", metric["resource"]?["name"]?.string == "cpu"
        else { return nil }
        return metric["resource"]?[part]?["averageUtilization"]
    }

    // MARK: Annotations

    private static func take(_ name: String, from object: inout JSON) -> JSON? {
        guard let text = object["metadata"]?["annotations"]?[prefix + name]?.string,
            let value = try? JSON.parse(text)
        else { return nil }
        object["metadata"]?["annotations"]?[prefix + name] = nil
        if object["metadata"]?["annotations"]?.object?.isEmpty == true {
            object["metadata"]?["annotations"] = nil
        }
        return value
    }

    private static func put(_ name: String, _ value: JSON, into object: inout JSON) {
        if object["metadata"]?["annotations"]?.object == nil {
            object["metadata"]?["annotations"] = [:]
        }
        object["metadata"]?["annotations"]?[prefix + name] = .string(value.text())
    }

    // MARK: Metrics

    /// The names of a target's figures, by the kind of the metric: in the older form, and in the stored one.
    private static let targets: [String: [(form: String, stored: String, type: String)]] = [
        "resource": [
            ("targetAverageUtilization", "averageUtilization", "Utilization"),
            ("targetAverageValue", "averageValue", "AverageValue"),
        ],
        "containerResource": [
            ("targetAverageUtilization", "averageUtilization", "Utilization"),
            ("targetAverageValue", "averageValue", "AverageValue"),
        ],
        "pods": [("targetAverageValue", "averageValue", "AverageValue")],
        "object": [
            ("averageValue", "averageValue", "AverageValue"), ("targetValue", "value", "Value"),
        ],
        "external": [
            ("targetAverageValue", "averageValue", "AverageValue"),
            ("targetValue", "value", "Value"),
        ],
    ]

    /// Where a metric is described: `containerResource` for `ContainerResource`.
    private static func place(of metric: JSON) -> String {
        let type = metric["type"]?.string ?? ""
        return type.prefix(1).lowercased() + type.dropFirst()
    }

    private static func storedMetric(_ metric: JSON) -> JSON {
        let place = place(of: metric)
        guard var source = metric[place], let names = targets[place] else { return metric }
        var target: JSON = [:]
        for name in names {
            guard let value = source[name.form], !value.isNull else { continue }
            // Kubernetes writes the field that does not count as zero.
            if target["type"] == nil || value != "0" {
                target = ["type": .string(name.type), name.stored: value]
            }
        }
        for name in names { source[name.form] = nil }
        if place == "object" {
            source["describedObject"] = source["target"]
            source["target"] = nil
        }
        if source["metricName"] != nil {
            var identity: JSON = ["name": source["metricName"] ?? ""]
            let selector = place == "external" ? "metricSelector" : "selector"
            identity["selector"] = source[selector]
            source[selector] = nil
            source["metricName"] = nil
            source["metric"] = identity
        }
        source["target"] = target
        return ["type": metric["type"] ?? "", place: source]
    }

    private static func formMetric(_ metric: JSON) -> JSON {
        let place = place(of: metric)
        guard var source = metric[place], let names = targets[place] else { return metric }
        let target = source["target"]
        source["target"] = nil
        for name in names { source[name.form] = target?[name.stored] }
        if let object = source["describedObject"] {
            source["target"] = object
            source["describedObject"] = nil
        }
        if let identity = source["metric"] {
            source["metricName"] = identity["name"]
            source[place == "external" ? "metricSelector" : "selector"] = identity["selector"]
            source["metric"] = nil
        }
        return ["type": metric["type"] ?? "", place: source]
    }
}
