import JSON
import POSIX
import Synchronization

/// Where tests find graphs.
enum Fixture {
    private static let count = Atomic<Int>(0)

    /// A committed ONNX graph.
    static func onnx(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/Fixtures/\(name).onnx"
    }

    /// A simulated graph from "x" to "y", both floats of any length.
    ///
    /// - Parameter behaviour: Members beside inputs and outputs.
    static func script(_ behaviour: JSONObject = [:]) throws -> String {
        let tensor: (String) -> JSONValue = {
            .array([["name": .string($0), "dtype": "f32", "shape": [-1]]])
        }
        var script: JSONObject = ["inputs": tensor("x"), "outputs": tensor("y")]
        for (name, value) in behaviour.members { script[name] = value }
        let name = count.wrappingAdd(1, ordering: .relaxed).newValue
        let folder = "/tmp/baton-engine-tests-\(CurrentProcess.id)"
        try Files.makeFolder(folder)
        try Files.replace("\(folder)/\(name).json", with: JSONValue.object(script).serialized)
        return "\(folder)/\(name).json"
    }
}

extension JSONObject {
    /// The error code of a reply.
    var code: String? { self["code"]?.stringValue }
}
