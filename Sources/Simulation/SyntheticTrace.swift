package import DeviceManager
internal import DeviceProtocol
internal import Glibc
internal import Randomness

/// A trace by chance: streams of requests, each with its own rate and length.
package struct SyntheticTrace: TraceSource, Sendable {
    /// The scenes that there are.
    package enum Scene: String, Sendable, Hashable, CaseIterable {
        /// A camera in real time beside chat, text recognition, speech and indexing in the background.
        case home
        /// Equal keys that ask for different numbers of requests of one model.
        case keys
        /// Two models that do not fit together, asked for in turn.
        case swaps
    }

    /// How many requests come and what they need.
    package struct Shape: Sendable, Hashable {
        /// Requests a second, on average.
        package var rate = 20.0
        /// Device time that is asked for, as a part of what there is; above 1 is too much.
        package var load = 0.7
        /// How long requests come, in seconds.
        package var seconds = 3600.0
        /// The same trace for the same seed.
        package var seed: UInt64 = 1

        /// The defaults.
        package init() {}
    }

    private struct Stream: Sendable {
        let kind: Int
        /// Nanoseconds between requests, on average.
        let interval: Double
        /// Nanoseconds of device time, on average.
        let held: Double
        /// Whether requests come like a clock's beats and take the same time each.
        let isRegular: Bool
        var next: Double
    }

    package let devices: [DeviceDescription]
    package private(set) var models: [TraceModel] = []
    package private(set) var kinds: [RequestKind] = []
    private var streams: [Stream] = []
    private var random: SeededGenerator
    private let end: Double

    /// Prepares a scene.
    ///
    /// - Parameters:
    ///   - scene: What happens.
    ///   - shape: How much of it.
    package init(_ scene: Scene, _ shape: Shape) {
        let gigabyte = 1_000_000_000
        random = SeededGenerator(seed: shape.seed)
        end = shape.seconds * 1e9
        devices = [
            DeviceDescription(
                name: "cpu",
                rule: .stopProcess(engines: 1),
                budget: scene == .swaps ? 6 * gigabyte : 16 * gigabyte
            )
        ]
        switch scene {
        case .home: addHome(shape)
        case .keys: addKeys(shape)
        case .swaps: addSwaps(shape)
        }
    }

    /// The next request; nil at the end.
    package mutating func next() -> TraceRequest? {
        var first = 0
        for index in streams.indices where streams[index].next < streams[first].next {
            first = index
        }
        let stream = streams[first]
        guard stream.next < end else { return nil }
        streams[first].next += stream.isRegular ? stream.interval : exponential(stream.interval)
        let held = stream.isRegular ? stream.held : exponential(stream.held)
        return TraceRequest(at: Int64(stream.next), kind: stream.kind, held: Int64(held) + 1)
    }

    // MARK: Scenes

    private mutating func addHome(_ shape: Shape) {
        let gigabyte = 1_000_000_000
        add("detect", bytes: gigabyte / 10, load: 0.5, slots: 2)
        add("chat", bytes: 4 * gigabyte, load: 4, slots: 4)
        add("ocr", bytes: gigabyte / 4, load: 0.5, slots: 2)
        add("speech", bytes: gigabyte / 2, load: 1, slots: 1)
        add("index", bytes: gigabyte, load: 1, slots: 2)
        // Of the requests, and of the device time.
        add(["detect"], .realtime, "camera", shape, part: 0.3, time: 0.15, isRegular: true)
        for name in ["anna", "ben", "carla"] {
            add(["chat"], .interactive, name, shape, part: 0.02, time: 0.15)
            add(["ocr"], .interactive, name, shape, part: 0.06, time: 0.05)
        }
        add(["speech"], .interactive, "satellite", shape, part: 0.06, time: 0.1)
        add(["index"], .background, "indexer", shape, part: 0.4, time: 0.15)
    }

    private mutating func addKeys(_ shape: Shape) {
        add("model", bytes: 1_000_000_000, load: 1, slots: 1)
        let count = 6
        let whole = Double((1 << count) - 1)
        for number in 0..<count {
            let part = Double(1 << number) / whole
            add(["model"], .interactive, "key\(number + 1)", shape, part: part, time: part)
        }
    }

    private mutating func addSwaps(_ shape: Shape) {
        add("a", bytes: 4_000_000_000, load: 2, slots: 2)
        add("b", bytes: 4_000_000_000, load: 2, slots: 2)
        add(["a"], .interactive, "anna", shape, part: 0.5, time: 0.5)
        add(["b"], .interactive, "ben", shape, part: 0.5, time: 0.5)
        // In turn: each half an interval after the other.
        for index in streams.indices {
            streams[index].next = streams[index].interval * Double(index) / 2
        }
    }

    private mutating func add(_ name: String, bytes: Int, load: Double, slots: Int) {
        var description = ModelDescription(
            name: name,
            device: "cpu",
            footprint: bytes,
            keepAlive: .seconds(300),
            slots: slots
        )
        description.loadTime = .seconds(load)
        models.append(TraceModel(description: description, load: Int64(load * 1e9)))
    }

    private mutating func add(
        _ models: [String],
        _ ticketClass: TicketClass,
        _ key: String,
        _ shape: Shape,
        part: Double,
        time: Double,
        isRegular: Bool = false
    ) {
        let interval = 1e9 / (shape.rate * part)
        kinds.append(RequestKind(models: models, ticketClass: ticketClass, key: key))
        streams.append(
            Stream(
                kind: kinds.count - 1,
                interval: interval,
                held: interval * shape.load * time,
                isRegular: isRegular,
                next: isRegular ? 0 : exponential(interval)
            )
        )
    }

    /// A time of an exponential distribution.
    private mutating func exponential(_ mean: Double) -> Double {
        // 1 - u lies in (0, 1], of which there is a logarithm.
        let uniform = Double(random.next() >> 11) * 0x1p-53
        return -mean * log(1 - uniform)
    }
}
