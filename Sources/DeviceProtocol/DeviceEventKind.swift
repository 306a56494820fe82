/// What a client of the device socket can subscribe to; the raw value is the word in `subscribe`.
package enum DeviceEventKind: String, Sendable, Hashable, CaseIterable {
    /// Models that are loaded, ready, gone or failed.
    case models
    /// Tickets: their way from being asked for to their end, and how far their work is.
    case tickets
    /// Who holds the baton of a device, and how much of its memory is taken.
    case devices
}
