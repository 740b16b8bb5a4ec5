internal import Formats

/// What the `LimitRange` objects of a namespace say about pods and claims.
///
/// The rules and sentences are those of the API server's LimitRanger plug-in; pods count as a whole
/// by KEP-753.
struct LimitRangeRules {
    private struct Item {
        var type: String
        var max: [String: Quantity]
        var min: [String: Quantity]
        var limits: [String: Quantity]
        var requests: [String: Quantity]
        var ratios: [String: Quantity]

        init(_ json: JSON) {
            type = json["type"]?.string ?? ""
            max = LimitRangeRules.amounts(json["max"])
            min = LimitRangeRules.amounts(json["min"])
            limits = LimitRangeRules.amounts(json["default"])
            requests = LimitRangeRules.amounts(json["defaultRequest"])
            ratios = LimitRangeRules.amounts(json["maxLimitRequestRatio"])
        }
    }

    private let items: [Item]

    init(_ ranges: [JSON]) {
        items = ranges.flatMap { ($0["spec"]?["limits"]?.array ?? []).map(Item.init) }
    }

    static func amounts(_ map: JSON?) -> [String: Quantity] {
        var amounts: [String: Quantity] = [:]
        for (name, value) in map?.object?.members ?? [] {
            amounts[name] = try? Quantity(json: value)
        }
        return amounts
    }

    // MARK: Defaults

    /// The pod with the namespace's requests and limits where its containers have none.
    ///
    /// What was set is told in the annotation `kubernetes.io/limit-ranger`.
    func defaulted(_ pod: JSON) -> JSON {
        var limits: [String: Quantity] = [:]
        var requests: [String: Quantity] = [:]
        for item in items where item.type == "Container" {
            limits.merge(item.limits) { first, _ in first }
            requests.merge(item.requests) { first, _ in first }
        }
        guard !limits.isEmpty || !requests.isEmpty else { return pod }
        var pod = pod
        var news: [String] = []
        for (list, word) in [("containers", "container"), ("initContainers", "init container")] {
            guard var containers = pod["spec"]?[list]?.array else { continue }
            for index in containers.indices {
                let name = containers[index]["name"]?.string ?? ""
                for (part, amounts) in [("requests", requests), ("limits", limits)] {
                    let set = Self.fill(&containers[index], part, amounts)
                    guard !set.isEmpty else { continue }
                    let what = set.joined(separator: ", ")
                    news.append("\(what) \(part.dropLast()) for \(word) \(name)")
                }
            }
            pod["spec"]?[list] = .array(containers)
        }
        guard !news.isEmpty else { return pod }
        pod.update("metadata") { metadata in
            metadata.update("annotations") {
                $0["kubernetes.io/limit-ranger"] = .string(
                    "LimitRanger plugin set: " + news.joined(separator: "; ")
                )
            }
        }
        return pod
    }

    /// Sets what is missing; gives the names of what was set.
    private static func fill(
        _ container: inout JSON,
        _ part: String,
        _ amounts: [String: Quantity]
    ) -> [String] {
        var set: [String] = []
        for (name, amount) in amounts.sorted(by: { $0.key < $1.key })
        where container["resources"]?[part]?[name] == nil {
            container.update("resources") { resources in
                resources.update(part) { $0[name] = .string(amount.text) }
            }
            set.append(name)
        }
        return set
    }

    // MARK: Rules

    /// What a pod breaks, sentence by sentence.
    func violations(of spec: PodSpec) -> [String] {
        var found: [String] = []
        for item in items {
            switch item.type {
            case "Container":
                for container in spec.containers + spec.initContainers {
                    let own = container.resources
                    found += Self.check(item, "Container", own.requests, own.limits)
                }
            case "Pod":
                let whole = EffectiveResources.of(spec)
                found += Self.check(item, "Pod", whole.requests, whole.limits)
            default: continue
            }
        }
        return found
    }

    /// What a claim breaks.
    func violations(ofClaim claim: JSON) -> [String] {
        let asked = Self.amounts(claim["spec"]?["resources"]?["requests"])
        var found: [String] = []
        for item in items where item.type == "PersistentVolumeClaim" {
            let scope = "per PersistentVolumeClaim is"
            for (name, least) in item.min.sorted(by: { $0.key < $1.key }) {
                guard let request = asked[name] else {
                    let rule = "minimum \(name) usage \(scope) \(least.text)"
                    found.append("\(rule).  No request is specified")
                    continue
                }
                if request < least {
                    let rule = "minimum \(name) usage \(scope) \(least.text)"
                    found.append("\(rule), but request is \(request.text)")
                }
            }
            for (name, most) in item.max.sorted(by: { $0.key < $1.key }) {
                if let request = asked[name], request > most {
                    let rule = "maximum \(name) usage \(scope) \(most.text)"
                    found.append("\(rule), but request is \(request.text)")
                }
            }
        }
        return found
    }

    private static func check(
        _ item: Item,
        _ what: String,
        _ requests: [String: Quantity],
        _ limits: [String: Quantity]
    ) -> [String] {
        var found: [String] = []
        for (name, least) in item.min.sorted(by: { $0.key < $1.key }) {
            let rule = "minimum \(name) usage per \(what) is \(least.text)"
            if let request = requests[name] {
                if request < least {
                    found.append("\(rule), but request is \(request.text)")
                } else if let limit = limits[name], limit < least {
                    found.append("\(rule), but limit is \(limit.text)")
                }
            } else {
                found.append("\(rule).  No request is specified")
            }
        }
        for (name, most) in item.max.sorted(by: { $0.key < $1.key }) {
            let rule = "maximum \(name) usage per \(what) is \(most.text)"
            if let limit = limits[name] {
                if limit > most {
                    found.append("\(rule), but limit is \(limit.text)")
                } else if let request = requests[name], request > most {
                    found.append("\(rule), but request is \(request.text)")
                }
            } else {
                found.append("\(rule).  No limit is specified")
            }
        }
        for (name, ratio) in item.ratios.sorted(by: { $0.key < $1.key }) {
            let rule = "\(name) max limit to request ratio per \(what) is \(ratio.text)"
            guard let request = requests[name], !request.isZero else {
                found.append("\(rule), but no request is specified or request is 0")
                continue
            }
            guard let limit = limits[name], !limit.isZero else {
                found.append("\(rule), but no limit is specified or limit is 0")
                continue
            }
            let actual = Double(limit.nanos) / Double(request.nanos)
            if actual > Double(ratio.nanos) / 1e9 {
                let millionths = Int((actual * 1_000_000).rounded())
                let digits = String(millionths % 1_000_000)
                let fraction = String(repeating: "0", count: 6 - digits.count) + digits
                found.append("\(rule), but provided ratio is \(millionths / 1_000_000).\(fraction)")
            }
        }
        return found
    }
}
