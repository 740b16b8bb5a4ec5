internal import Formats

extension Checker {
    private static let annotationBytesMaximum = 256 << 10

    /// The metadata of an object.
    mutating func metadata(
        _ node: Node,
        isNamespaced: Bool = true,
        name rule: (String) -> [String]
    ) {
        let name = node["name"]
        let prefix = node["generateName"]
        if !prefix.text.isEmpty {
            // The server appends five characters, so a dash at the end is no harm.
            check(Node(.string(prefix.text + "x"), prefix.path), rule, fix: "choose another prefix")
        }
        if !name.text.isEmpty {
            check(name, rule, fix: Self.nameHint(name.text))
        } else if prefix.text.isEmpty {
            required(name, "name or generateName is required", fix: "give the object a name")
        }
        let namespace = node["namespace"]
        if !isNamespaced {
            if !namespace.text.isEmpty { forbidden(namespace, "not allowed on this type") }
        } else if !namespace.text.isEmpty {
            check(
                namespace,
                NameRules.label,
                fix: Self.nameHint(namespace.text, isLabel: true)
            )
        }
        notNegative(node["generation"])
        labels(node["labels"])
        annotations(node["annotations"])
        owners(node["ownerReferences"])
        for item in node["finalizers"].items {
            check(item, NameRules.qualified, fix: "rename the finalizer")
        }
    }

    /// A map of labels.
    mutating func labels(_ node: Node) {
        for (key, value) in node.members {
            for complaint in NameRules.qualified(key) {
                invalid(Node(.string(key), value.path), complaint, fix: "rename the label")
            }
            check(value, NameRules.labelValue, fix: "shorten or rewrite the label's value")
        }
    }

    /// A map of annotations.
    mutating func annotations(_ node: Node) {
        var size = 0
        for (key, value) in node.members {
            for complaint in NameRules.qualified(key.lowercased()) {
                invalid(Node(.string(key), value.path), complaint, fix: "rename the annotation")
            }
            size += key.utf8.count + value.text.utf8.count
        }
        if size > Self.annotationBytesMaximum {
            tooLong(node, most: Self.annotationBytesMaximum)
        }
    }

    private mutating func owners(_ node: Node) {
        let controllers = node.items.filter { $0["controller"].isTrue }
        for extra in controllers.dropFirst() {
            invalid(
                extra["controller"],
                "Only one reference can have Controller set to true.",
                fix: "keep one controller"
            )
        }
    }

    /// A valid name made of one that is not, as a hint.
    static func nameHint(_ name: String, isLabel: Bool = false) -> String {
        let letters = name.lowercased().map { letter in
            let isPlain = letter.isASCII && (letter.isLetter || letter.isNumber)
            return isPlain || (letter == "." && !isLabel) ? letter : "-"
        }
        let dashes: (Character) -> Bool = { $0 == "-" || $0 == "." }
        let body = letters.drop(while: dashes).reversed().drop(while: dashes).reversed()
        let hint = String(String(body).prefix(63))
        return hint.isEmpty || hint == name ? "choose another name" : "write \"\(hint)\""
    }

    /// A selector of labels.
    mutating func selector(_ node: Node) {
        labels(node["matchLabels"])
        for item in node["matchExpressions"].items {
            let values = item["values"]
            switch item["operator"].text {
            case "In", "NotIn":
                if values.items.isEmpty {
                    required(values, "must be specified when `operator` is 'In' or 'NotIn'")
                }
            case "Exists", "DoesNotExist":
                if !values.items.isEmpty {
                    forbidden(
                        values,
                        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                    )
                }
            case "": break
            default:
                invalid(
                    item["operator"],
                    "not a valid selector operator",
                    fix: "use In, NotIn, Exists or DoesNotExist"
                )
            }
            if !item["key"].text.isEmpty {
                check(item["key"], NameRules.qualified, fix: "correct the label")
            }
            for value in values.items {
                check(value, NameRules.labelValue, fix: "correct the value")
            }
        }
    }
}
