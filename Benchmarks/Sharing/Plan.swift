import DeviceProtocol
import JSON

/// What is asked for, and for how long.
struct Plan: Sendable {
    /// The requests of one program.
    struct Stream: Sendable {
        /// How its requests follow each other.
        enum Pace: Sendable {
            /// At a fixed distance, whatever becomes of them.
            case every(Duration)
            /// So many at once; the next when one is answered.
            case inFlight(Int)
        }

        let model: String
        let graph: String
        let ticketClass: TicketClass
        let key: String?
        let inputName: String
        let inputShape: [Int]
        let pace: Pace
        /// How long after the others it begins.
        let delay: Duration

        init(_ value: JSONValue) throws(JSONFieldError) {
            let fields = try JSONFields(value, path: "streams")
            model = try fields.require("model", fields.string("model"))
            graph = try fields.require("graph", fields.string("graph"))
            let word = try fields.require("class", fields.string("class"))
            guard let named = TicketClass(rawValue: word) else {
                throw fields.error("class", "is unknown: '\(word)'")
            }
            ticketClass = named
            key = try fields.string("key")
            let input = try fields.require("input", fields.fields("input"))
            inputName = try input.require("name", input.string("name"))
            inputShape = try input.require("shape", input.array("shape"))
                .compactMap(\.integerValue)
            if let rate = fields.object["rate"]?.doubleValue {
                pace = .every(.nanoseconds(Int64(1e9 / rate)))
            } else {
                let count = try fields.integer("in_flight", in: 1...10_000)
                pace = .inFlight(try fields.require("in_flight", count))
            }
            delay = Plan.seconds(fields.object["after"]?.doubleValue ?? 0)
        }
    }

    let streams: [Stream]
    let span: Duration

    init(_ value: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(value)
        var streams: [Stream] = []
        for item in try fields.require("streams", fields.array("streams")) {
            streams.append(try Stream(item))
        }
        self.streams = streams
        let seconds = fields.object["seconds"]?.doubleValue
        span = Self.seconds(try fields.require("seconds", seconds))
    }

    private static func seconds(_ number: Double) -> Duration {
        .nanoseconds(Int64(number * 1e9))
    }
}
