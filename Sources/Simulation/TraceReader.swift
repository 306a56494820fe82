package import DeviceManager
internal import DeviceProtocol
internal import JSON

/// What is wrong with a trace.
package struct TraceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line, from 1; 0 for the trace as a whole.
    package let line: Int
    /// What is wrong.
    package let reason: String

    /// The sentence people read.
    package var description: String { line > 0 ? "line \(line): \(reason)" : reason }
}

/// A trace of JSON lines: devices and models first, then requests in order of time.
///
/// Lines are read as they are needed, so that a trace may be longer than memory.
package struct TraceReader: TraceSource {
    package private(set) var devices: [DeviceDescription] = []
    package private(set) var models: [TraceModel] = []
    package private(set) var kinds: [RequestKind] = []
    private var numbers: [RequestKind: Int] = [:]
    private var nextLine: () throws -> [UInt8]?
    private var line = 0
    private var last: Int64 = 0
    private var first: TraceRequest?

    /// Reads devices and models.
    ///
    /// - Parameter nextLine: Hands out one line after the other, without its end; nil at the end.
    /// - Throws: `TraceError`, and whatever `nextLine` throws.
    package init(nextLine: @escaping () throws -> [UInt8]?) throws {
        self.nextLine = nextLine
        first = try advance()
        guard !devices.isEmpty, !models.isEmpty else {
            throw TraceError(line: 0, reason: "a trace begins with its devices and models")
        }
    }

    /// The next request; nil at the end.
    package mutating func next() throws -> TraceRequest? {
        if let request = first {
            first = nil
            return request
        }
        return try advance()
    }

    private mutating func advance() throws -> TraceRequest? {
        while let bytes = try nextLine() {
            line += 1
            guard bytes.contains(where: { $0 != UInt8(ascii: " ") }) else { continue }
            do {
                let fields = try JSONFields(JSONValue(parsing: bytes))
                if fields.object["models"] != nil { return try request(fields) }
                if fields.object["model"] != nil {
                    try addModel(fields)
                } else {
                    try addDevice(fields)
                }
            } catch let error as TraceError {
                throw error
            } catch {
                throw TraceError(line: line, reason: "\(error)")
            }
        }
        return nil
    }

    private mutating func addDevice(_ fields: JSONFields) throws {
        let name = try fields.require("device", fields.string("device"))
        let places = try fields.integer("places", in: 1...64) ?? 1
        let rule: TurnRule
        switch try fields.string("rule") ?? "stopProcess" {
        case "stopProcess": rule = .stopProcess(engines: places)
        case "dispatch": rule = .dispatch(depth: places)
        case "lease": rule = .lease
        default: throw fields.error("rule", "must be stopProcess, dispatch or lease")
        }
        guard !devices.contains(where: { $0.name == name }) else {
            throw fields.error("device", "comes twice")
        }
        let bytes = try fields.require("bytes", fields.integer("bytes", in: 1...Int.max))
        devices.append(DeviceDescription(name: name, rule: rule, budget: bytes))
    }

    private mutating func addModel(_ fields: JSONFields) throws {
        let name = try fields.require("model", fields.string("model"))
        let device = try fields.string("device") ?? devices.first?.name ?? ""
        guard devices.contains(where: { $0.name == device }) else {
            throw fields.error("device", "'\(device)' has not been described")
        }
        guard !models.contains(where: { $0.description.name == name }) else {
            throw fields.error("model", "comes twice")
        }
        let load = try Self.time(fields, "load_ms") ?? 1_000_000_000
        var description = ModelDescription(
            name: name,
            device: device,
            footprint: try fields.require("bytes", fields.integer("bytes", in: 0...Int.max)),
            slots: try fields.integer("slots", in: 1...256) ?? 2
        )
        description.loadTime = .nanoseconds(load)
        models.append(TraceModel(description: description, load: load))
    }

    private mutating func request(_ fields: JSONFields) throws -> TraceRequest {
        let word = try fields.string("class") ?? TicketClass.interactive.rawValue
        guard let ticketClass = TicketClass(rawValue: word) else {
            throw fields.error("class", "must be realtime, interactive or background")
        }
        let kind = RequestKind(
            models: try fields.require("models", fields.strings("models")),
            ticketClass: ticketClass,
            key: try fields.string("key") ?? "anybody"
        )
        for model in kind.models where !models.contains(where: { $0.description.name == model }) {
            throw fields.error("models", "'\(model)' has not been described")
        }
        let at = try fields.require("at_ms", Self.time(fields, "at_ms"))
        guard at >= last else { throw fields.error("at_ms", "is before the line before it") }
        last = at
        return TraceRequest(
            at: at,
            kind: number(of: kind),
            held: try fields.require("held_ms", Self.time(fields, "held_ms")),
            deadline: try Self.time(fields, "deadline_ms")
        )
    }

    private mutating func number(of kind: RequestKind) -> Int {
        if let number = numbers[kind] { return number }
        numbers[kind] = kinds.count
        kinds.append(kind)
        return kinds.count - 1
    }

    /// Milliseconds, with a fraction, as nanoseconds; up to a year.
    private static func time(_ fields: JSONFields, _ name: String) throws -> Int64? {
        guard let milliseconds = try fields.double(name) else { return nil }
        guard milliseconds >= 0, milliseconds <= 366 * 86_400_000 else {
            throw fields.error(name, "must be between 0 and a year")
        }
        return Int64((milliseconds * 1e6).rounded())
    }
}
