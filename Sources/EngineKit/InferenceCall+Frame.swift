import DeviceProtocol
import JSON

extension InferenceCall {
    /// Reads an `infer` frame and finds its tensors in a channel's buffers.
    ///
    /// Whatever the graph's description says about types and shapes is checked here, so that an
    /// engine gets nothing that does not fit.
    ///
    /// - Parameters:
    ///   - frame: The frame.
    ///   - graphs: The model's graphs.
    ///   - buffers: The channel's buffers.
    /// - Throws: `EngineError` with `badRequest`, `unknownGraph` or `badTensor`.
    init(
        _ frame: JSONObject,
        graphs: [String: GraphDescription],
        buffers: BufferTable
    ) throws(EngineError) {
        let fields: JSONFields
        let name: String
        do {
            fields = try JSONFields(.object(frame))
            name = try fields.require("graph", fields.string("graph"))
        } catch {
            throw EngineError(.badRequest, error.description)
        }
        guard let description = graphs[name] else {
            let known = graphs.keys.sorted().joined(separator: ", ")
            throw EngineError(.unknownGraph, "there is no graph '\(name)'; there are \(known)")
        }
        do {
            self.init(
                graph: name,
                inputs: try Self.inputs(fields, description.inputs, buffers),
                outputs: try Self.outputs(fields, description.outputs, buffers)
            )
        } catch {
            throw EngineError(.badTensor, error.description)
        }
    }

    private static func inputs(
        _ fields: JSONFields,
        _ descriptions: [TensorDescription],
        _ buffers: BufferTable
    ) throws(JSONFieldError) -> [String: TensorView] {
        let given = try JSONFields(fields.value("inputs") ?? [:], path: "inputs")
        try refuseUnknown(given, descriptions)
        var views: [String: TensorView] = [:]
        for description in descriptions {
            let name = description.name
            let value = try given.require(name, given.value(name))
            let tensor = try Tensor(value, path: "inputs.\(name)")
            guard tensor.type == description.type else {
                let types = "\(description.type.rawValue), not \(tensor.type.rawValue)"
                throw given.error(name, "must be of type \(types)")
            }
            guard description.accepts(tensor.shape) else {
                throw given.error(name, "must be \(description.shape), not \(tensor.shape)")
            }
            let slice = unsafe buffers.slice(
                buffer: tensor.buffer,
                offset: tensor.offset,
                count: tensor.byteCount
            )
            guard let slice = unsafe slice else { throw given.error(name, Self.outside) }
            views[name] = unsafe TensorView(
                type: tensor.type,
                shape: tensor.shape,
                bytes: slice.bytes,
                memory: slice.memory
            )
        }
        return views
    }

    private static func outputs(
        _ fields: JSONFields,
        _ descriptions: [TensorDescription],
        _ buffers: BufferTable
    ) throws(JSONFieldError) -> [String: OutputSpace] {
        let wanted = try JSONFields(fields.value("outputs") ?? [:], path: "outputs")
        try refuseUnknown(wanted, descriptions)
        var spaces: [String: OutputSpace] = [:]
        for (name, _) in wanted.object.members {
            let entry = try wanted.require(name, wanted.fields(name))
            let limit = 0...Int.max / 2
            let buffer = try entry.require("buffer", entry.integer("buffer", in: limit))
            let offset = try entry.integer("offset", in: limit) ?? 0
            let capacity = try entry.require("capacity", entry.integer("capacity", in: limit))
            let slice = unsafe buffers.slice(buffer: buffer, offset: offset, count: capacity)
            guard let slice = unsafe slice else { throw wanted.error(name, Self.outside) }
            spaces[name] = unsafe OutputSpace(
                buffer: buffer,
                offset: offset,
                bytes: slice.bytes,
                memory: slice.memory
            )
        }
        return spaces
    }

    private static let outside = "lies in an unknown buffer or beyond its end"

    private static func refuseUnknown(
        _ fields: JSONFields,
        _ descriptions: [TensorDescription]
    ) throws(JSONFieldError) {
        for (name, _) in fields.object.members
        where !descriptions.contains(where: { $0.name == name }) {
            let known = descriptions.map(\.name).joined(separator: ", ")
            throw fields.error(name, "is unknown; the graph has \(known)")
        }
    }
}
