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

    /// Microseconds of each of a block's requests.
    func block() async throws -> [Double] {
        var times: [Double] = []
        for _ in 0..<RoundTripBenchmark.repetitions {
            let start = MonotonicTime.now
            try await run()
            times.append((MonotonicTime.now - start).milliseconds * 1000)
        }
        return times
    }

    private func run() async throws {
        let tensor = InputTensor(type: .f32, shape: RoundTripBenchmark.shape, buffer: input)
        let room = OutputRoom(buffer: output, capacity: RoundTripBenchmark.byteCount)
        try await client.withTicket(models: [model], ticketClass: .interactive) { grant in
            _ = try await grant.infer(graph, of: model, inputs: ["x": tensor], outputs: ["y": room])
        }
    }
}
