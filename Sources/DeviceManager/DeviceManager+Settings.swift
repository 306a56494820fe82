package import DeviceProtocol

extension DeviceManager {
    /// What a manager is made of.
    package struct Settings: Sendable {
        /// The devices.
        package var devices: [DeviceDescription]
        /// A model and how it is scheduled.
        package struct Entry: Sendable {
            /// The model.
            package var model: Model
            /// How it is scheduled.
            package var description: ModelDescription
            /// What its engine may use and reach.
            package var limits: EngineLimits
            /// Whether it is never evicted for others and never expires.
            package var isPinned: Bool
            /// Whether it is loaded when the manager starts.
            package var isPreloaded = false
            /// Why its memory was guessed from the size of its files; nil when it was not.
            package var footprintNote: String?
            /// The class of tickets that name none.
            package var usualClass = TicketClass.interactive

            /// Bundles a model with its treatment.
            ///
            /// - Parameters:
            ///   - model: The model.
            ///   - description: How it is scheduled.
            ///   - limits: What its engine may use and reach.
            ///   - isPinned: Whether it is never evicted for others and never expires.
            package init(
                model: Model,
                description: ModelDescription,
                limits: EngineLimits = EngineLimits(),
                isPinned: Bool = false
            ) {
                self.model = model
                self.description = description
                self.limits = limits
                self.isPinned = isPinned
            }
        }

        /// The models and how they are scheduled.
        package var models: [Entry]
        /// The programs that engines are.
        package var programs: EnginePrograms
        /// What happens when an engine cannot be protected as it should be.
        package var sandbox: DeviceSettings.SandboxPolicy
        /// The limits that hold for all devices.
        package var limits: SchedulerLimits
        /// What one client and one user may have open at once.
        package var clientLimits = ClientLimits()
        /// Who may do what.
        package var clientRules = ClientRules()
        /// The longest device time of one lease.
        package var leaseLimit = Duration.seconds(3600)
        /// Where sockets of engines may be made; without one, no engine that speaks HTTP starts.
        package var runtimeFolder: String?
        /// Where the kernel tells how much the machine lacks memory.
        package var pressureFile = "/proc/pressure/memory"
        /// How a model is treated that a client defines; nil when none can be defined.
        package var treat: (@Sendable (_ model: Model, _ footprint: Int) -> Entry)?
        /// Where it is remembered what models take and which are pinned; nil to remember nothing.
        package var stateFile: String?

        /// Bundles the settings; limits and rules of clients have their defaults.
        ///
        /// - Parameters:
        ///   - devices: The devices.
        ///   - models: The models and how they are scheduled.
        ///   - programs: The programs that engines are.
        ///   - sandbox: What happens when an engine cannot be protected as it should be.
        ///   - limits: The limits that hold for all devices.
        package init(
            devices: [DeviceDescription],
            models: [Entry],
            programs: EnginePrograms,
            sandbox: DeviceSettings.SandboxPolicy = .preferred,
            limits: SchedulerLimits = SchedulerLimits()
        ) {
            self.devices = devices
            self.models = models
            self.programs = programs
            self.sandbox = sandbox
            self.limits = limits
        }
    }
}
