import COpenVINO
import DeviceProtocol
import EngineKit

/// Reads what a compiled graph says about an input or output.
enum Port {
    /// Describes a port and frees it.
    static func describe(
        _ port: OpaquePointer,
        of graph: String
    ) throws(EngineError) -> TensorDescription {
        defer { unsafe ov_output_const_port_free(port) }
        let name = unsafe try name(of: port)
        var type = DYNAMIC
        let status = unsafe ov_port_get_element_type(port, &type)
        try check(status, .loadFailed, "read the type of '\(name)'")
        guard let element = ElementType(type) else {
            let reason = "'\(name)' of the graph '\(graph)' has a type that cannot be carried"
            throw EngineError(.loadFailed, "\(reason): number \(type.rawValue)")
        }
        return unsafe TensorDescription(
            name: name,
            type: element,
            shape: try shape(of: port, name)
        )
    }

    private static func name(of port: OpaquePointer) throws(EngineError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        let status = unsafe ov_port_get_any_name(port, &text)
        try check(status, .loadFailed, "read a tensor's name")
        guard let text = unsafe text else {
            throw EngineError(.loadFailed, "an input or output of the graph has no name")
        }
        defer { unsafe ov_free(text) }
        return unsafe String(cString: text)
    }

    private static func shape(of port: OpaquePointer, _ name: String) throws(EngineError) -> [Int] {
        var shape = unsafe ov_partial_shape_t()
        let status = unsafe ov_port_get_partial_shape(port, &shape)
        try check(status, .loadFailed, "read the shape of '\(name)'")
        defer { unsafe ov_partial_shape_free(&shape) }
        guard unsafe shape.rank.min == shape.rank.max else {
            throw EngineError(.loadFailed, "'\(name)' has any number of dimensions")
        }
        var dimensions: [Int] = []
        for index in 0..<Int(unsafe shape.rank.max) {
            guard let dimension = unsafe shape.dims?[index] else { continue }
            dimensions.append(dimension.min == dimension.max ? Int(dimension.min) : -1)
        }
        return dimensions
    }
}
