import DeviceManager
import DeviceProtocol
import Glibc
import JSON
import POSIX

/// What one decision costs while many tickets wait.
///
/// usage: scheduler-benchmark WAITING...; prints for each number the median and the 99th percentile
/// of an event's time in nanoseconds: a ticket that ends, so that the next is granted, and one that
/// comes and waits. Four models take turns, and a hundred keys share them in all three classes.
@main
enum Main {
    private static let models = ["a", "b", "c", "d"]
    private static let events = 4000

    static func main() throws {
        let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let results = sizes.map { size -> JSONValue in
            let (ends, asks) = measure(waiting: size)
            return [
                "waiting": JSONValue(size),
                "end_p50_ns": JSONValue(ends[ends.count / 2]),
                "end_p99_ns": JSONValue(ends[ends.count * 99 / 100]),
                "ask_p50_ns": JSONValue(asks[asks.count / 2]),
                "ask_p99_ns": JSONValue(asks[asks.count * 99 / 100]),
            ]
        }
        print(String(decoding: JSONValue.array(results).serialized, as: UTF8.self))
    }

    private static func measure(waiting size: Int) -> (ends: [Int], asks: [Int]) {
        var now = MonotonicTime(nanoseconds: 0)
        var limits = SchedulerLimits()
        limits.waitingPerKey = 4 * size
        limits.waitingPerModel = 8 * size
        limits.ageing = [:]
        var scheduler = Scheduler(
            devices: [DeviceDescription(name: "cpu", rule: .stopProcess(engines: 1), budget: 1000)],
            models: models.map { ModelDescription(name: $0, device: "cpu", footprint: 10) },
            limits: limits,
            now: now
        )
        var busy: [TicketID] = []
        func perform(_ actions: [Action]) {
            for action in actions {
                switch action {
                case .grant(let id): busy.append(id)
                case .requeue(let id), .reject(let id, _): busy.removeAll { $0 == id }
                default: break
                }
            }
        }
        for model in models {
            let (id, _) = scheduler.ask(request(model, 0), at: now)
            if let generation = scheduler.residency(model)?.generation {
                _ = scheduler.engineReady(model, generation, bytes: nil, at: now)
            }
            _ = scheduler.end(id, at: now)
        }
        var number = 0
        func ask() -> Int {
            number += 1
            let wish = request(models[number % models.count], number)
            let start = MonotonicTime.now
            let (_, actions) = scheduler.ask(wish, at: now)
            let time = (MonotonicTime.now - start).nanoseconds
            perform(actions)
            return Int(time)
        }
        for _ in 0..<size { _ = ask() }
        var ends: [Int] = []
        var asks: [Int] = []
        for _ in 0..<events {
            now = now + .milliseconds(1)
            guard !busy.isEmpty else { break }
            let id = busy.removeFirst()
            let start = MonotonicTime.now
            let actions = scheduler.end(id, at: now)
            ends.append(Int((MonotonicTime.now - start).nanoseconds))
            perform(actions)
            asks.append(ask())
        }
        return (ends.sorted(), asks.sorted())
    }

    private static func request(_ model: String, _ number: Int) -> TicketRequest {
        TicketRequest(
            models: [model],
            ticketClass: TicketClass(rank: number % 3),
            key: "key\(number % 100)"
        )
    }
}
