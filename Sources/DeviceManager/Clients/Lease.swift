internal import POSIX

/// A device in the hands of a program outside: who drives it, under which name the scheduler knows it.
struct Lease {
    /// The scheduler's model that stands for it.
    let model: String
    let client: ClientID
    /// How long the client may take to yield.
    let patience: Duration
    /// Set once its ticket has ended and its client has not said that the program has.
    var alarm: EventLoop.Timer?

    /// Most leases of one device at once.
    static let limit = 4
    /// How long after its ticket's end a program may live on before it is passed over.
    static let endPatience = Duration.seconds(10)

    /// The names of the models that stand for a device's leases.
    ///
    /// - Parameter device: The device's name.
    static func models(of device: String) -> [String] {
        (1...limit).map { "\(device) (lease \($0))" }
    }

    /// What the scheduler knows of the leases of devices: those whose turns are taken by stopping.
    ///
    /// - Parameters:
    ///   - devices: All devices.
    ///   - maximumHeld: The longest device time of one lease.
    static func descriptions(
        of devices: [DeviceDescription],
        maximumHeld: Duration
    ) -> [ModelDescription] {
        devices.filter(\.rule.stops).flatMap { device in
            models(of: device.name).map { name in
                var model = ModelDescription(
                    name: name,
                    device: device.name,
                    footprint: 0,
                    keepAlive: nil,
                    slots: 1
                )
                model.isOutside = true
                model.maximumHeld = maximumHeld
                return model
            }
        }
    }
}
