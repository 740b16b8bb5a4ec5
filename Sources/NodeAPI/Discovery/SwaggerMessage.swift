internal import Formats

/// An OpenAPI document of version 2 in its protobuf form, the only one that kubectl reads.
///
/// Messages have the fields that kubectl looks at: kinds with their properties, and what operations take.
///
/// Source: the message definitions of `gnostic/openapiv2` (proto3).
enum SwaggerMessage {
    /// The media type of the form; it is asked for with an `@` that no answer may have.
    static let mediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    /// The document as a message.
    static func bytes(_ document: JSON) -> [UInt8] {
        var message = ProtobufWriter()
        message.text(1, document["swagger"])
        var information = ProtobufWriter()
        information.text(1, document["info"]?["title"])
        information.text(2, document["info"]?["version"])
        message.message(2, information)
        var paths = ProtobufWriter()
        for (path, item) in document["paths"]?.object?.members ?? [] {
            paths.message(2, named(path, pathItem(item)))
        }
        message.message(8, paths)
        message.message(9, schemas(document["definitions"]))
        return message.bytes
    }

    private static func named(_ name: String, _ value: ProtobufWriter) -> ProtobufWriter {
        var message = ProtobufWriter()
        message.text(1, .string(name))
        message.message(2, value)
        return message
    }

    // MARK: Paths

    private static let methods = [
        "get": 2, "put": 3, "post": 4, "delete": 5, "patch": 7,
    ]

    private static func pathItem(_ item: JSON) -> ProtobufWriter {
        var message = ProtobufWriter()
        for (method, operation) in item.object?.members ?? [] {
            guard let number = methods[method] else { continue }
            message.message(number, self.operation(operation))
        }
        return message
    }

    private static func operation(_ operation: JSON) -> ProtobufWriter {
        var message = ProtobufWriter()
        for parameter in operation["parameters"]?.array ?? [] {
            var query = ProtobufWriter()
            query.text(2, parameter["in"])
            query.text(4, parameter["name"])
            query.text(6, parameter["type"])
            // An item is a parameter that is no body and stands in the query.
            message.message(8, nested([1, 2, 3], query))
        }
        var responses = ProtobufWriter()
        for (code, response) in operation["responses"]?.object?.members ?? [] {
            var text = ProtobufWriter()
            text.text(1, response["description"])
            responses.message(1, named(code, nested([1], text)))
        }
        message.message(9, responses)
        extensions(of: operation, to: &message, as: 13)
        return message
    }

    /// A message in messages of which each has no other field.
    private static func nested(_ numbers: [Int], _ value: ProtobufWriter) -> ProtobufWriter {
        var value = value
        for number in numbers.reversed() {
            var outer = ProtobufWriter()
            outer.message(number, value)
            value = outer
        }
        return value
    }

    // MARK: Schemas

    private static func schemas(_ map: JSON?) -> ProtobufWriter {
        var message = ProtobufWriter()
        for (name, schema) in map?.object?.members ?? [] {
            message.message(1, named(name, self.schema(schema)))
        }
        return message
    }

    private static func schema(_ schema: JSON) -> ProtobufWriter {
        var message = ProtobufWriter()
        message.text(1, schema["$ref"])
        message.text(2, schema["format"])
        message.text(4, schema["description"])
        for name in schema["required"]?.array ?? [] { message.text(19, name) }
        if let value = schema["additionalProperties"] {
            message.message(21, nested([1], self.schema(value)))
        }
        if let type = schema["type"] {
            var item = ProtobufWriter()
            item.text(1, type)
            message.message(22, item)
        }
        if let items = schema["items"] { message.message(23, nested([1], self.schema(items))) }
        if let properties = schema["properties"] { message.message(25, schemas(properties)) }
        extensions(of: schema, to: &message, as: 31)
        return message
    }

    /// The members `x-...`, whose values are texts of YAML.
    private static func extensions(
        of object: JSON,
        to message: inout ProtobufWriter,
        as number: Int
    ) {
        for (name, value) in object.object?.members ?? [] where name.hasPrefix("x-") {
            var any = ProtobufWriter()
            any.text(2, .string(String(decoding: value.bytes(), as: UTF8.self)))
            message.message(number, named(name, any))
        }
    }
}

/// Writes the fields of a protobuf message.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// A text; nothing for what is none.
    mutating func text(_ number: Int, _ value: JSON?) {
        guard let text = value?.string else { return }
        put(number, Array(text.utf8))
    }

    /// A message within.
    mutating func message(_ number: Int, _ value: ProtobufWriter) {
        put(number, value.bytes)
    }

    private mutating func put(_ number: Int, _ content: [UInt8]) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
