package import DeviceProtocol
package import JSON

/// Something that happened in the device manager, as a subscriber is told.
package struct DeviceEvent: Sendable, Hashable {
    /// What it is about.
    package let kind: DeviceEventKind
    /// Its members, as docs/device.md lists them.
    package let members: JSONObject
    /// How many events before this one were dropped, because somebody did not read fast enough.
    package internal(set) var dropped: Int

    /// The event as it came: its members, and `dropped` when it says so.
    package var json: JSONValue {
        var object = members
        if dropped > 0 { object["dropped"] = JSONValue(dropped) }
        return .object(object)
    }

    /// Reads a frame; nil comes back when it is no event for subscribers.
    init?(_ frame: JSONObject) {
        switch frame["event"]?.stringValue {
        case "model": kind = .models
        case "device": kind = .devices
        case "ticket", "progress": kind = .tickets
        default: return nil
        }
        dropped = frame["dropped"]?.integerValue ?? 0
        var members = frame
        members["dropped"] = nil
        self.members = members
    }
}

extension DeviceClient {
    /// What happens in the device manager from now on; its present state is `status`'s.
    ///
    /// The stream fails with `unavailable` when the manager goes, and ends the subscription when it
    /// is let go. A slow reader loses the events for which `buffer` has no room; the next one that it
    /// gets says how many.
    ///
    /// - Parameters:
    ///   - kinds: What to be told of.
    ///   - buffer: Most events that wait for the reader.
    /// - Returns: The events.
    /// - Throws: `DeviceError` when no manager answers.
    package func events(
        _ kinds: Set<DeviceEventKind> = Set(DeviceEventKind.allCases),
        buffer: Int = 256
    ) async throws(DeviceError) -> AsyncThrowingStream<DeviceEvent, any Error> {
        let session = try await session()
        let (stream, continuation) = Listeners.Stream.makeStream(
            bufferingPolicy: .bufferingOldest(buffer)
        )
        // Added before the manager knows, or the first events would find nobody.
        let (id, isFirst) = session.listeners.add(kinds, continuation)
        continuation.onTermination = { [weak session] _ in
            guard let session, session.listeners.remove(id) else { return }
            session.connection.send(["action": "unsubscribe"])
        }
        // All kinds: another listener may want those that this one does not.
        if isFirst { _ = try await session.connection.call(["action": "subscribe"]) }
        return stream
    }
}
