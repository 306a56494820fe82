import DeviceClient
import DeviceProtocol
import POSIX

/// The graph in an engine, reached as services reach it: acquire, infer, release.
struct FarGraph {
    private let client: DeviceClient
    private let model: String
    private let graph: String
    private let input: SharedBuffer
    private let output: SharedBuffer

    /// The graph must come back with what was sent.
    struct WrongAnswer: Error {}

    init(client: DeviceClient, model: String, graph: String) throws {
        self.client = client
        self.model = model
        self.graph = graph
        input = try SharedBuffer(size: RoundTripBenchmark.byteCount)
        output = try SharedBuffer(size: RoundTripBenchmark.byteCount)
        let values = unsafe input.memory.bytes.bindMemory(to: Float.self)
        for index in values.indices { unsafe values[index] = Float(index & 255) }
    }

    /// Runs once and compares, so that no time is taken of work that was not done.
    func check() async throws {
        try await run()
        let count = RoundTripBenchmark.byteCount
        let same = unsafe output.memory.bytes.prefix(count)
            .elementsEqual(input.memory.bytes.prefix(count))
        guard same else { throw WrongAnswer() }
    }

    /// One request's times in microseconds.
    struct Times {
        /// From asking for the ticket until it has ended.
        let total: Double
        /// Until it was granted.
        let grant: Double
        /// What the engine says that the graph took.
        let device: Double
    }

    /// Runs once.
    @discardableResult
    func run() async throws -> Times {
        let tensor = InputTensor(type: .f32, shape: RoundTripBenchmark.shape, buffer: input)
        let room = OutputRoom(buffer: output, capacity: RoundTripBenchmark.byteCount)
        let start = MonotonicTime.now
        let (granted, device) = try await client.withTicket(
            models: [model],
            ticketClass: .interactive
        ) { grant in
            let granted = MonotonicTime.now
            let result = try await grant.infer(
                graph,
                of: model,
                inputs: ["x": tensor],
                outputs: ["y": room]
            )
            return (granted, result.deviceTime)
        }
        return Times(
            total: (MonotonicTime.now - start).milliseconds * 1000,
            grant: (granted - start).milliseconds * 1000,
            device: device.milliseconds * 1000
        )
    }
}
