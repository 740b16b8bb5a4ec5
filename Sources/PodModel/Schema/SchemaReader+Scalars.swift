internal import Basics
internal import Formats

extension SchemaReader {
    /// The value of a scalar by the type that is meant; nil after a report.
    mutating func scalar(
        _ scalar: PositionedScalar,
        _ type: Schema.FieldType,
        _ path: FieldPath
    ) -> JSON? {
        switch type {
        case .string: string(scalar, path)
        case .bool: bool(scalar, path)
        case .int: whole(scalar, path, Int64(Int32.min)...Int64(Int32.max))
        case .long: whole(scalar, path, Int64.min...Int64.max)
        case .intOrString: intOrString(scalar, path)
        case .quantity: quantity(scalar, path)
        case .time: time(scalar, path)
        case .bytes: bytes(scalar, path)
        default: mismatch(scalar, type, path, remedy: "indent its fields or elements below it")
        }
    }

    private mutating func mismatch(
        _ scalar: PositionedScalar,
        _ type: Schema.FieldType,
        _ path: FieldPath,
        remedy: String
    ) -> JSON? {
        let found = PositionedTree(.scalar(scalar), at: .start).kindName
        report(.type, path, "\(type.expected) is expected, not \(found)", remedy: remedy)
        return nil
    }

    private mutating func string(_ scalar: PositionedScalar, _ path: FieldPath) -> JSON? {
        switch scalar.value {
        case .string: return scalar.value
        case .int(let number) where scalar.isPlain && "\(number)" != scalar.text: break
        case .double(let number) where scalar.isPlain && "\(number)" != scalar.text: break
        default:
            return mismatch(scalar, .string, path, remedy: "write it in quotes: \"\(scalar.text)\"")
        }
        // `1.10` and `0123` would come back changed as numbers; nobody can mean that.
        report(
            .remark,
            path,
            "the number \(scalar.text) is read as a string, as it is written",
            remedy: "write it in quotes, kubectl insists on them: \"\(scalar.text)\"",
            isWarning: true
        )
        return .string(scalar.text)
    }

    private mutating func bool(_ scalar: PositionedScalar, _ path: FieldPath) -> JSON? {
        if let flag = scalar.bool { return .bool(flag) }
        let meant = PositionedScalar(
            .string(scalar.text),
            text: scalar.text,
            isPlain: true
        )
        let isWord = meant.bool != nil || ["true", "false"].contains(scalar.text.lowercased())
        return mismatch(
            scalar,
            .bool,
            path,
            remedy: isWord ? "write it without quotes" : "write true or false"
        )
    }

    private mutating func whole(
        _ scalar: PositionedScalar,
        _ path: FieldPath,
        _ range: ClosedRange<Int64>
    ) -> JSON? {
        guard case .int(let number) = scalar.value else {
            let isNumber = Int64(scalar.text) != nil
            return mismatch(
                scalar,
                .int,
                path,
                remedy: isNumber ? "write it without quotes" : "write a whole number"
            )
        }
        guard range.contains(number) else {
            report(
                .type,
                path,
                "Invalid value: \(number): must be between \(range.lowerBound) and"
                    + " \(range.upperBound)",
                remedy: "choose a number in that range"
            )
            return nil
        }
        return .int(number)
    }

    private mutating func intOrString(_ scalar: PositionedScalar, _ path: FieldPath) -> JSON? {
        switch scalar.value {
        case .string: scalar.value
        case .int(let number) where number >= Int32.min && number <= Int32.max: scalar.value
        default: mismatch(scalar, .intOrString, path, remedy: "write a number or a name")
        }
    }

    private mutating func quantity(_ scalar: PositionedScalar, _ path: FieldPath) -> JSON? {
        switch scalar.value {
        case .bool, .null, .array, .object:
            return mismatch(
                scalar,
                .quantity,
                path,
                remedy: "write an amount such as 500m, 0.5 or 64Mi"
            )
        default: break
        }
        guard let quantity = try? Quantity(scalar.text) else {
            report(
                .invalid,
                path,
                "Invalid value: \"\(scalar.text.clipped)\": quantities must match the regular"
                    + " expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                remedy: Self.quantityHint(scalar.text)
            )
            return nil
        }
        return .string(quantity.description)
    }

    private static func quantityHint(_ text: String) -> String {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
        let units = [
            "mb": "M or Mi", "gb": "G or Gi", "kb": "k or Ki", "mib": "Mi", "gib": "Gi",
            "kib": "Ki", "mi": "Mi", "gi": "Gi", "ki": "Ki", "b": "no unit", "tb": "T or Ti",
            "m": "m",
        ]
        guard !number.isEmpty, let meant = units[unit] else {
            return "write an amount such as 500m, 0.5 or 64Mi"
        }
        return "write \(number) with the unit \(meant), without a space"
    }

    private mutating func time(_ scalar: PositionedScalar, _ path: FieldPath) -> JSON? {
        guard Timestamp(rfc3339: scalar.text) != nil else {
            return mismatch(
                scalar,
                .time,
                path,
                remedy: "write it like 2006-01-02T15:04:05Z"
            )
        }
        return .string(scalar.text)
    }

    private mutating func bytes(_ scalar: PositionedScalar, _ path: FieldPath) -> JSON? {
        guard case .string(let text) = scalar.value else {
            return mismatch(
                scalar,
                .bytes,
                path,
                remedy: "encode it as base64, or move it to stringData"
            )
        }
        guard let bytes = Base64.decode(text) else {
            // The value is confidential: it is not repeated in the message.
            report(
                .type,
                path,
                "Invalid value: illegal base64 data",
                remedy: "encode it as base64, or move it to stringData as plain text"
            )
            return nil
        }
        return .string(Base64.encode(bytes))
    }
}

extension Schema.FieldType {
    /// What is expected, for messages.
    var expected: String {
        switch self {
        case .string: "a string"
        case .int, .long: "a whole number"
        case .bool: "true or false"
        case .quantity: "a quantity"
        case .intOrString: "a whole number or a string"
        case .time: "a time"
        case .bytes: "base64 text"
        case .any: "a value"
        case .object: "an object"
        case .list: "a list"
        case .map: "a map"
        }
    }
}
