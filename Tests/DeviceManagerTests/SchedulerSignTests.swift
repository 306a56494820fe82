import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// Engines that hang: they say nothing any more, or a call of theirs never ends.
@Suite struct SchedulerSignTests {
    /// A model that a ticket uses.
    private func world() -> (SchedulerHarness, TicketID) {
        var world = SchedulerHarness.cpu(["a", "b"])
        let ticket = world.ask(["a"])
        world.ready("a")
        return (world, ticket)
    }

    @Test func anEngineThatLeavesTooManyQuestionsUnansweredIsReplaced() {
        var (world, ticket) = world()
        for _ in 0..<30 { world.askForSigns() }
        #expect(world.word("a") == "ready")
        world.askForSigns()
        #expect(world.word("a") == "draining")
        #expect(world.last(ticket) == "requeued", "its work begins again")
        world.gone("a")
        world.ready("a")
        #expect(world.last(ticket) == "granted")
    }

    @Test func oneAnswerIsEnough() {
        var (world, _) = world()
        for _ in 0..<30 { world.askForSigns() }
        world.heard("a")
        for _ in 0..<30 { world.askForSigns() }
        #expect(world.word("a") == "ready")
    }

    @Test func onlyEnginesThatWorkAreAsked() {
        var (world, ticket) = world()
        #expect(world.scheduler.awaitsSign("a"))
        let camera = world.ask(["b"], .realtime)
        world.ready("b")
        #expect(world.last(camera) == "granted")
        #expect(!world.scheduler.awaitsSign("a"), "it is stopped")
        for _ in 0..<20 { world.askForSigns() }
        world.heard("b")
        for _ in 0..<20 { world.askForSigns() }
        world.end(camera)
        world.end(ticket)
        #expect(!world.scheduler.awaitsSign("a"), "it has nothing to do")
        #expect(world.word("a") == "ready" && world.word("b") == "ready")
    }

    @Test func aCallThatTakesTooMuchDeviceTimeIsAHang() {
        var (world, ticket) = world()
        world.heard("a", call: .seconds(300))
        #expect(world.word("a") == "ready")
        world.heard("a", call: .seconds(301))
        #expect(world.word("a") == "draining")
        #expect(world.last(ticket) == "requeued")
        world.gone("a")
        world.ready("a")
        world.heard("a", call: .seconds(301))
        #expect(world.last(ticket) == "engine_failed", "it is tried twice")
    }
}
