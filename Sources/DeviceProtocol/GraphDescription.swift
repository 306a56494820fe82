package import JSON

/// What a graph takes or gives under one name.
package struct TensorDescription: Sendable, Hashable {
    /// Its name.
    package let name: String
    /// The type of its elements.
    package let type: ElementType
    /// Its dimensions; −1 stands for any size.
    package let shape: [Int]

    /// Describes an input or output.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - type: The type of its elements.
    ///   - shape: Its dimensions; −1 stands for any size.
    package init(name: String, type: ElementType, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
    }

    /// Whether every dimension is fixed.
    package var isStatic: Bool { !shape.contains(-1) }

    /// Whether a tensor of this shape is accepted.
    ///
    /// - Parameter candidate: A shape without −1.
    package func accepts(_ candidate: [Int]) -> Bool {
        candidate.count == shape.count
            && zip(shape, candidate).allSatisfy { $0 == -1 || $0 == $1 }
    }

    /// Reads a description.
    ///
    /// - Parameters:
    ///   - value: The description as it travels.
    ///   - path: Where it stands, for messages.
    /// - Throws: `JSONFieldError`.
    package init(_ value: JSONValue, path: String) throws(JSONFieldError) {
        let fields = try JSONFields(value, path: path)
        name = try fields.require("name", fields.string("name"))
        let word = try fields.require("dtype", fields.string("dtype"))
        guard let type = ElementType(rawValue: word) else {
            throw fields.error("dtype", "is unknown: '\(word)'")
        }
        self.type = type
        shape = try fields.require("shape", fields.array("shape")).map { $0.integerValue ?? -1 }
    }

    /// The description as it travels.
    package var json: JSONValue {
        [
            "name": .string(name),
            "dtype": .string(type.rawValue),
            "shape": .array(shape.map { JSONValue($0) }),
        ]
    }
}

/// What one graph of a model takes and gives.
package struct GraphDescription: Sendable, Hashable {
    /// What it takes; every one must be given.
    package let inputs: [TensorDescription]
    /// What it gives; a client names those that it wants.
    package let outputs: [TensorDescription]
    /// Texts that the graph's file carries, such as a character list.
    package let metadata: [String: String]

    /// Describes a graph.
    ///
    /// - Parameters:
    ///   - inputs: What it takes.
    ///   - outputs: What it gives.
    ///   - metadata: Texts that the graph's file carries.
    package init(
        inputs: [TensorDescription],
        outputs: [TensorDescription],
        metadata: [String: String] = [:]
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.metadata = metadata
    }

    /// Reads a description.
    ///
    /// - Parameters:
    ///   - value: The description as it travels.
    ///   - path: Where it stands, for messages.
    /// - Throws: `JSONFieldError`.
    package init(_ value: JSONValue, path: String) throws(JSONFieldError) {
        let fields = try JSONFields(value, path: path)
        inputs = try Self.ports("inputs", of: fields, path)
        outputs = try Self.ports("outputs", of: fields, path)
        var texts: [String: String] = [:]
        for (name, text) in try fields.fields("metadata")?.object.members ?? [] {
            texts[name] = text.stringValue
        }
        metadata = texts
    }

    private static func ports(
        _ name: String,
        of fields: JSONFields,
        _ path: String
    ) throws(JSONFieldError) -> [TensorDescription] {
        var ports: [TensorDescription] = []
        for item in try fields.array(name) ?? [] {
            ports.append(try TensorDescription(item, path: "\(path).\(name)"))
        }
        return ports
    }

    /// The description as it travels; metadata in order of names.
    package var json: JSONValue {
        let texts = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        return [
            "inputs": .array(inputs.map(\.json)),
            "outputs": .array(outputs.map(\.json)),
            "metadata": .object(JSONObject(texts)),
        ]
    }
}
