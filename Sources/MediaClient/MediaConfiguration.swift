package import Configuration
internal import DeviceProtocol
internal import MediaProtocol
internal import POSIX
internal import Sandboxing

/// What a media pool may use and how long it may take.
package struct MediaConfiguration: Sendable {
    /// The launcher's file.
    package var launcher: String
    /// The helper's file.
    package var helper: String
    /// Most helpers at once; at least 1.
    package var helpers = 2
    /// Most images open in one helper; they share it, and its requests are done in order.
    package var imagesPerHelper = 4
    /// Most callers that wait for a place before new ones are refused.
    package var queueLimit = 32
    /// The niceness of helpers; they compute for long, like engines.
    package var niceness = 10
    /// Most bytes of private memory of one helper; half of it may be open pictures.
    package var memory = 1 << 30
    /// How long one request may take before its helper is ended.
    package var timeLimit = Duration.seconds(15)
    /// Helpers that stay although nobody needs them.
    package var keptIdle = 1
    /// How long an idle helper beyond those stays.
    package var idleLimit = Duration.seconds(30)

    /// Describes a pool with the defaults.
    ///
    /// - Parameters:
    ///   - launcher: The launcher's file.
    ///   - helper: The helper's file.
    package init(launcher: String, helper: String) {
        self.launcher = launcher
        self.helper = helper
    }

    /// Describes a pool whose programs lie beside this one or in `../lib/baton`.
    ///
    /// - Throws: `ConfigurationError` when a program is in neither folder.
    package static func installed() throws(ConfigurationError) -> MediaConfiguration {
        MediaConfiguration(
            launcher: try Programs.path(of: "baton-launch"),
            helper: try Programs.path(of: "baton-media")
        )
    }

    /// Describes the installed pool of a service.
    ///
    /// A picture stays open while its request waits for the device. All classes' pictures together
    /// must find room, or a camera's would wait for pictures of lower classes.
    ///
    /// - Parameters:
    ///   - helpers: Most helpers at once.
    ///   - concurrency: Most requests of one class at once.
    ///   - memory: Most bytes of private memory of one helper.
    ///   - timeLimit: How long one request may take before its helper is ended.
    /// - Throws: `ConfigurationError` when a program is not installed.
    package static func installed(
        helpers: Int,
        concurrency: Int,
        memory: Int,
        timeLimit: Duration
    ) throws(ConfigurationError) -> MediaConfiguration {
        var configuration = try installed()
        configuration.helpers = helpers
        let pictures = TicketClass.allCases.count * concurrency
        let share = (pictures + helpers - 1) / helpers
        configuration.imagesPerHelper = max(configuration.imagesPerHelper, share)
        configuration.memory = memory
        configuration.timeLimit = timeLimit
        return configuration
    }

    /// How a helper is started: it reaches its program and nothing else.
    ///
    /// - Parameter parent: The process that it must not outlive.
    func options(parent: Int32) -> LaunchOptions {
        var options = LaunchOptions(program: helper, arguments: ["\(memory / 2)"])
        options.confineFully(parent: parent)
        options.niceness = niceness == 0 ? nil : niceness
        options.memory = memory
        options.files = 512
        return options
    }

    /// The helper's whole environment.
    var environment: [String] {
        let inherited = ["PATH", "LD_LIBRARY_PATH"].compactMap { name in
            Environment.value(name).map { "\(name)=\($0)" }
        }
        // One arena: freed pictures of one thread must not be kept for another.
        return inherited + ["MALLOC_ARENA_MAX=1", "SWIFT_BACKTRACE=enable=no"]
    }
}
