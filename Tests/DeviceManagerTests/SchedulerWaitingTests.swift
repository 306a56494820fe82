import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// What a waiting ticket is said to wait for.
@Suite struct SchedulerWaitingTests {
    private func reason(_ id: TicketID, _ world: SchedulerHarness) -> WaitReason? {
        world.scheduler.ticket(id).flatMap {
            world.scheduler.waitReason(of: $0, at: world.now)
        }
    }

    @Test func aModelIsLoaded() {
        var world = SchedulerHarness.cpu()
        let ticket = world.ask(["a"])
        #expect(reason(ticket, world)?.kind == .load)
        #expect(reason(ticket, world)?.models == ["a"])
        world.ready("a")
        #expect(reason(ticket, world) == nil, "it is granted")
    }

    @Test func othersHaveTheDevice() {
        var world = SchedulerHarness.cpu()
        for model in ["a", "b"] {
            let ticket = world.ask([model], purpose: .load)
            world.ready(model)
            world.end(ticket)
        }
        let high = world.ask(["a"], .realtime)
        let low = world.ask(["b"], .background, key: "other")
        let turn = reason(low, world)
        #expect(turn?.kind == .turn)
        #expect(turn?.models == ["a"])
        #expect(turn?.until == nil, "a higher class has no turns towards a lower one")
        world.end(high)
        let equal = world.ask(["a"], .background, key: "third")
        #expect(reason(equal, world)?.kind == .turn)
        #expect(reason(equal, world)?.until == world.now + .milliseconds(250))
    }

    @Test func othersOfItsModelsGoFirst() {
        var world = SchedulerHarness.cpu(slots: 1)
        _ = world.ask(["a"])
        world.ready("a")
        let second = world.ask(["a"])
        let third = world.ask(["a"])
        #expect(reason(second, world)?.kind == .slot)
        #expect(reason(third, world)?.kind == .queue)
        #expect(reason(third, world)?.others == 1)
    }

    @Test func aModelPausesAfterItsFailure() {
        var world = SchedulerHarness.cpu()
        let idle = world.ask(["a"])
        world.ready("a")
        world.change(idle, isBusy: false)
        world.gone("a")
        let other = world.ask(["a"])
        world.gone("a", .loadFailed("torn"))
        #expect(world.last(other) == "load_failed")
        #expect(world.word("a") == "failed")
        world.change(idle, isBusy: true)
        let pause = reason(idle, world)
        #expect(pause?.kind == .pause)
        #expect(!world.exists("a"))
        if let until = pause?.until { world.advance(until - world.now) }
        #expect(world.exists("a"), "the pause is over")
    }

    @Test func memoryIsTaken() {
        var world = SchedulerHarness(
            devices: [DeviceDescription(name: "cpu", rule: .stopProcess(engines: 1), budget: 100)],
            models: ["a", "b"].map { ModelDescription(name: $0, device: "cpu", footprint: 60) }
        )
        let holder = world.ask(["a"])
        world.ready("a")
        let ticket = world.ask(["b"], key: "other")
        #expect(reason(ticket, world)?.kind == .memory)
        #expect(reason(ticket, world)?.until == world.now + .seconds(20))
        world.advance(.seconds(30))
        #expect(reason(ticket, world)?.until == nil, "nobody overtakes it any more")
        world.end(holder)
        #expect(reason(ticket, world)?.kind == .memory, "a is leaving")
        world.gone("a")
        #expect(reason(ticket, world)?.kind == .load)
    }
}
