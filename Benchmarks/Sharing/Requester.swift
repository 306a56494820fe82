import DeviceClient
import DeviceProtocol
import POSIX

/// One program: makes the requests of a stream.
final class Requester: Sendable {
    private let stream: Plan.Stream
    private let client: DeviceClient
    private let input: InputTensor
    private let tally = Guarded(Tally())

    init(_ stream: Plan.Stream, _ client: DeviceClient) throws {
        self.stream = stream
        self.client = client
        let count = stream.inputShape.reduce(ElementType.f32.size, *)
        // Nobody writes to it, so that all requests may share it.
        let buffer = try SharedBuffer(size: count)
        input = InputTensor(type: .f32, shape: stream.inputShape, buffer: buffer)
    }

    /// Makes requests until a moment, and returns when the last one is answered.
    func run(from start: MonotonicTime, until end: MonotonicTime) async -> Tally {
        await withDiscardingTaskGroup { group in
            switch stream.pace {
            case .every(let distance):
                var due = start
                while due < end {
                    // Cancellation is not used here; a sleep that fails would only come early.
                    if due > .now { try? await Task.sleep(for: due - .now) }
                    group.addTask { await self.request() }
                    due = due + distance
                }
            case .inFlight(let count):
                for _ in 0..<count {
                    group.addTask {
                        while MonotonicTime.now < end { await self.request() }
                    }
                }
            }
        }
        return tally.withLock { tally in
            tally.span = .now - start
            return tally
        }
    }

    private func request() async {
        let start = MonotonicTime.now
        do {
            try await client.withTicket(
                models: [stream.model],
                ticketClass: stream.ticketClass,
                key: stream.key
            ) { grant in
                _ = try await grant.infer(
                    stream.graph,
                    of: stream.model,
                    inputs: [stream.inputName: input],
                    outputs: [:]
                )
            }
            let time = MonotonicTime.now - start
            tally.withLock { $0.answered.append(time) }
        } catch {
            let time = MonotonicTime.now - start
            let code = (error as? DeviceError)?.code.rawValue ?? "\(error)"
            tally.withLock { $0.refused[code, default: []].append(time) }
            // Like a program that heeds what it is told, though not for as long.
            if case .inFlight = stream.pace { try? await Task.sleep(for: .milliseconds(50)) }
        }
    }
}
