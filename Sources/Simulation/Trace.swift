package import DeviceManager
package import DeviceProtocol

/// A model of a trace.
package struct TraceModel: Sendable, Hashable {
    /// What the scheduler knows of it.
    package var description: ModelDescription
    /// How long its engine takes to load it, in nanoseconds of running time.
    package var load: Int64
    /// How long its memory takes to come back, in nanoseconds.
    package var unload: Int64

    /// Describes a model.
    ///
    /// - Parameters:
    ///   - description: What the scheduler knows of it.
    ///   - load: How long its engine takes to load it, in nanoseconds of running time.
    ///   - unload: How long its memory takes to come back, in nanoseconds.
    package init(description: ModelDescription, load: Int64, unload: Int64 = 50_000_000) {
        self.description = description
        self.load = load
        self.unload = unload
    }
}

/// What requests have in common.
package struct RequestKind: Sendable, Hashable {
    /// The models.
    package var models: [String]
    /// Who goes first.
    package var ticketClass: TicketClass
    /// Whose share it counts against.
    package var key: String

    /// Describes a kind of requests.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - ticketClass: Who goes first.
    ///   - key: Whose share it counts against.
    package init(models: [String], ticketClass: TicketClass, key: String) {
        self.models = models
        self.ticketClass = ticketClass
        self.key = key
    }
}

/// A request of a trace.
package struct TraceRequest: Sendable, Hashable {
    /// When it comes, in nanoseconds from the beginning.
    package var at: Int64
    /// What is asked for, by its number among the trace's kinds.
    package var kind: Int
    /// Device time that it needs, in nanoseconds.
    package var held: Int64
    /// How long it may wait, in nanoseconds; nil for as long as it takes.
    package var deadline: Int64?

    /// Describes a request.
    ///
    /// - Parameters:
    ///   - at: When it comes, in nanoseconds from the beginning.
    ///   - kind: What is asked for, by its number.
    ///   - held: Device time that it needs, in nanoseconds.
    ///   - deadline: How long it may wait, in nanoseconds.
    package init(at: Int64, kind: Int, held: Int64, deadline: Int64? = nil) {
        self.at = at
        self.kind = kind
        self.held = held
        self.deadline = deadline
    }
}

/// Requests in order of time, and what they need.
package protocol TraceSource {
    /// The devices; complete before the first request is asked for.
    var devices: [DeviceDescription] { get }
    /// The models; complete before the first request is asked for.
    var models: [TraceModel] { get }
    /// The kinds of requests that have come so far.
    var kinds: [RequestKind] { get }

    /// The next request; nil at the end.
    mutating func next() throws -> TraceRequest?
}
