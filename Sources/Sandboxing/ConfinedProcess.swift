internal import Glibc
package import POSIX

/// A process that was started through `baton-launch`, and what the launcher told of it.
package struct ConfinedProcess: Sendable {
    /// The process: first the launcher, then the program.
    package let process: ChildProcess
    private let channel: ReportChannel

    /// Starts a program through the launcher.
    ///
    /// Call on the spawner's thread.
    ///
    /// - Parameters:
    ///   - options: What is asked of the launcher; where it reports is filled in.
    ///   - launcher: The launcher's file.
    ///   - environment: The program's whole environment.
    ///   - descriptors: Descriptors that the program gets.
    ///   - spawner: The parent.
    ///   - loop: The spawner's loop.
    ///   - onReport: Called once on the loop's thread, before the program does anything, unless the
    ///     launcher ends without a report.
    ///   - onExit: Called on the loop's thread, after `onReport`, once the process was reaped.
    /// - Throws: `SystemError` when the launcher cannot be started.
    package init(
        _ options: LaunchOptions,
        launcher: String,
        environment: [String] = Environment.inherited,
        descriptors: [(number: Int32, box: FileDescriptorBox)] = [],
        spawner: Spawner,
        loop: EventLoop,
        onReport: @escaping @Sendable (SandboxReport) -> Void = { _ in },
        onExit: @escaping @Sendable (ExitStatus) -> Void
    ) throws(SystemError) {
        let (ours, theirs) = try Socket.pair()
        let number = (descriptors.map(\.number).max() ?? 2) + 1
        var options = options
        options.report = number
        let channel = ReportChannel(ours, loop, onReport)
        self.channel = channel
        let command = ChildCommand(
            path: launcher,
            arguments: options.words,
            environment: environment,
            descriptors: descriptors + [(number, theirs)]
        )
        try channel.open()
        do {
            process = try spawner.start(command) { status in
                channel.read()
                channel.close()
                onExit(status)
            }
        } catch {
            channel.close()
            throw error
        }
    }

    /// What the launcher told; nil until it has.
    package var report: SandboxReport? { channel.report }
}

/// Where the launcher's words arrive; used on the loop's thread.
private final class ReportChannel: Sendable {
    private struct State {
        var text = ""
        var report: SandboxReport?
        var watch: EventLoop.Watch?
    }

    private let socket: FileDescriptorBox
    private let loop: EventLoop
    private let onReport: @Sendable (SandboxReport) -> Void
    private let state = Guarded(State())

    init(
        _ socket: FileDescriptorBox,
        _ loop: EventLoop,
        _ onReport: @escaping @Sendable (SandboxReport) -> Void
    ) {
        self.socket = socket
        self.loop = loop
        self.onReport = onReport
    }

    var report: SandboxReport? { state.withLock { $0.report } }

    func open() throws(SystemError) {
        let watch = try loop.watch(socket.number, for: .readable) { [self] _ in
            read()
            close()
        }
        state.withLock { $0.watch = watch }
    }

    func close() {
        let watch = state.withLock { $0.watch.take() }
        if let watch { loop.cancel(watch) }
    }

    /// Takes what is there.
    ///
    /// Everything comes at once, but for a failure to execute the program.
    func read() {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe recv(socket.number, &bytes, bytes.count, CInt(MSG_DONTWAIT))
        guard count > 0 else { return }
        let isFirst = state.withLock { state in
            defer { state.report = SandboxReport(parsing: state.text) }
            state.text += String(decoding: bytes.prefix(count), as: UTF8.self)
            return state.report == nil
        }
        if isFirst, let report { onReport(report) }
    }
}
