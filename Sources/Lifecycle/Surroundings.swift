internal import Glibc
package import POSIX

extension ServiceGroup.Surroundings {
    /// Signals and time of the real process.
    ///
    /// - Parameter loop: Delivers both; `Signals.block` must have been called before any thread.
    package static func system(loop: EventLoop) -> ServiceGroup.Surroundings {
        ServiceGroup.Surroundings(
            listen: { handler in try Signals.deliver(on: loop, to: handler) },
            after: { span, body in _ = loop.schedule(at: .now + span, body) },
            // Without the usual clean-up: something hangs, and the clean-up would too.
            exit: { code in _exit(code) },
            notifier: Notifier()
        )
    }
}
