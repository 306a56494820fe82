import Glibc
import POSIX
import TestKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct SignalsTests {
    @Test func deliversOnTheLoop() async throws {
        let loop = try EventLoop(name: "test-signals")
        let inbox = Inbox<(Signals.Signal, Bool)>()
        let ready = Inbox<Bool>()
        // Only the loop's own thread has the signals blocked, and they are sent to it alone: the
        // threads of the test runner keep theirs.
        loop.submit {
            Signals.block()
            let result: Void? = try? Signals.deliver(on: loop) { inbox.put(($0, loop.isCurrent)) }
            ready.put(result != nil)
        }
        #expect(await ready.next())
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            loop.submit { pthread_kill(pthread_self(), signal) }
            let (received, isOnLoop) = await inbox.next()
            #expect(received.rawValue == signal)
            #expect(isOnLoop)
        }
        loop.stop()
    }
}
