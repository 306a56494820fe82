package import DeviceManager
internal import DeviceProtocol
package import JSON

/// Writes traces as the reader reads them.
package enum TraceWriter {
    /// A device's line, without its end.
    ///
    /// - Parameter device: The device.
    package static func line(of device: DeviceDescription) -> JSONValue {
        [
            "device": .string(device.name), "rule": .string(device.rule.word),
            "places": JSONValue(device.rule.places), "bytes": JSONValue(device.budget),
        ]
    }

    /// A model's line, without its end.
    ///
    /// - Parameter model: The model.
    package static func line(of model: TraceModel) -> JSONValue {
        [
            "model": .string(model.description.name), "device": .string(model.description.device),
            "bytes": JSONValue(model.description.footprint),
            "load_ms": JSONValue(Double(model.load) / 1e6),
            "slots": JSONValue(model.description.slots),
        ]
    }

    /// A request's line, without its end.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - kind: Its kind.
    package static func line(of request: TraceRequest, _ kind: RequestKind) -> JSONValue {
        var object: JSONObject = [
            "at_ms": JSONValue(Double(request.at) / 1e6),
            "models": .array(kind.models.map { .string($0) }),
            "class": .string(kind.ticketClass.rawValue), "key": .string(kind.key),
            "held_ms": JSONValue(Double(request.held) / 1e6),
        ]
        if let deadline = request.deadline {
            object["deadline_ms"] = JSONValue(Double(deadline) / 1e6)
        }
        return .object(object)
    }
}
