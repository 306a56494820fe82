import DeviceClient
import HTTPService
import JSON
import Logging
import POSIX

/// `GET /v1/device/events`: the report, and then what changes, as server-sent events.
///
/// Each stream is a client of the device socket like any other, so one that reads slowly costs what
/// such a client may cost, and is told how many events it missed.
enum EventRoute {
    /// The route.
    ///
    /// - Parameters:
    ///   - socket: The device socket.
    ///   - loop: Where frames are received.
    ///   - logger: Where it speaks.
    static func make(socket: String, loop: EventLoop, logger: Logger) -> Route {
        Route(
            .get,
            "/v1/device/events",
            .init("Tells of devices, models and tickets as they change (server-sent events)."),
            handler: .task { _ in
                .events { stream in
                    let client = DeviceClient(
                        path: socket,
                        name: "events",
                        loop: loop,
                        logger: logger,
                        patience: .zero
                    )
                    defer { client.close() }
                    // Before the report, so that nothing is missed in between.
                    let events = try await client.events()
                    try await send("status", try await client.status(), to: stream)
                    for try await event in events {
                        let name = event.members["event"]?.stringValue ?? "event"
                        try await send(name, event.json, to: stream)
                    }
                }
            }
        )
    }

    private static func send(
        _ name: String,
        _ value: JSONValue,
        to stream: AnswerStream
    ) async throws(CancellationError) {
        try await stream.event(String(decoding: value.serialized, as: UTF8.self), name: name)
    }
}
