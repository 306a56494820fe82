package import Configuration
package import DeviceProtocol
internal import JSON
internal import ModelFiles
internal import POSIX

/// What the device manager is told by `device.yaml`, defaults included.
package struct DeviceSettings: Sendable {
    /// How one model is treated.
    package struct Treatment: Sendable, Hashable {
        /// How long it stays without tickets.
        package var keepAlive = Duration.seconds(300)
        /// Whether it is never evicted for others and never expires.
        package var isPinned = false
        /// Most tickets that are busy on it at once.
        package var slots = 2
        /// How long loading may take.
        package var loadTimeout = Duration.seconds(120)
        /// The longest held time of one ticket.
        package var maximumHeld = Duration.seconds(3600)
        /// The longest device time of one call inside a request.
        package var callTimeout = Duration.seconds(300)
        /// Whether it is loaded when the manager starts.
        package var isPreloaded = false
        /// The class of tickets that name none.
        package var usualClass = TicketClass.interactive
        /// "f32", "bf16" or "f16".
        package var precision = "f32"
        /// Threads that it computes with.
        package var threads: Int
        /// What its engine may use and reach.
        package var limits: EngineLimits
    }

    /// What happens when an engine cannot be protected as it should be.
    package enum SandboxPolicy: String, Sendable, Hashable, CaseIterable {
        /// It starts with what there is; what lacks is told.
        case preferred
        /// It does not start.
        case required
    }

    /// Where the device socket is; nil for the runtime folder.
    package var socket: String?
    /// Whether every user of this machine may connect, or only ours and our group.
    package var isOpenToAll = false
    /// Port of the status page on loopback; 0 for none.
    package var statusPort = 5099
    /// The CPU, and how it takes turns.
    package var cpu: DeviceDescription
    /// The longest device time of one lease.
    package var leaseLimit = Duration.seconds(3600)
    /// Who waits how long, and for whom.
    package var queues: SchedulerLimits
    /// What happens when an engine cannot be protected as it should be.
    package var sandbox = SandboxPolicy.preferred
    /// Folders with models, beside those that are installed.
    package var folders: [String] = []
    /// How models are treated that have no section of their own.
    package var usual: Treatment
    /// How models with a section of their own are treated.
    package var treatments: [String: Treatment] = [:]
    /// What one client and one user may have open at once.
    package var clientLimits = ClientLimits()
    /// Who may do what.
    package var clientRules = ClientRules()

    /// Reads every key of the file.
    ///
    /// - Parameters:
    ///   - reader: The file; the caller ends the reading.
    ///   - cores: Processor cores of the machine.
    package init(_ reader: ConfigurationReader, cores: Int) {
        usual = Treatment(threads: cores, limits: EngineLimits())
        sandbox = reader.choice(
            "sandbox",
            default: sandbox,
            about: "Whether engines that cannot be protected completely start all the same."
        )
        let server = reader.section("server", about: "Where the device manager listens.")
        socket = server.string(
            "socket",
            default: nil,
            about: "The device socket; default: in the runtime folder."
        )
        isOpenToAll = server.bool(
            "open_to_all",
            default: isOpenToAll,
            about: "Whether every local user may connect."
        )
        statusPort = server.integer(
            "status_port",
            default: statusPort,
            in: 0...65_535,
            about: "Port of the status page on 127.0.0.1; 0 for none."
        )
        let processor = reader.section("cpu", about: "The processor as a device.")
        cpu = Self.cpu(processor)
        leaseLimit = processor.duration(
            "lease_limit",
            default: leaseLimit,
            in: .seconds(1) ... .seconds(604_800),
            about: "The longest device time of one lease."
        )
        queues = Self.queues(reader.section("queues", about: "Who waits how long, and for whom."))
        usual.limits.memory = cpu.budget
        let models = reader.section("models", about: "What engines load.")
        folders = models.strings("folders", about: "Folders with models, beside the installed.")
        usual = Self.treatment(
            models.section("defaults", about: "How every model is treated."),
            usual,
            cores
        )
        for (name, section) in models.sections("by_name", about: "Exceptions, by model.") {
            treatments[name] = Self.treatment(section, usual, cores)
        }
        (clientLimits, clientRules) = Self.clients(
            reader.section("clients", about: "Programs on the device socket.")
        )
    }

    /// How a model is treated.
    ///
    /// - Parameter model: The model's name.
    package func treatment(of model: String) -> Treatment { treatments[model] ?? usual }

    private static func treatment(
        _ section: ConfigurationReader,
        _ usual: Treatment,
        _ cores: Int
    ) -> Treatment {
        var result = usual
        result.keepAlive = section.duration(
            "keep_alive",
            default: usual.keepAlive,
            about: "How long it stays without requests."
        )
        result.isPinned = section.bool(
            "pinned",
            default: usual.isPinned,
            about: "Never evicted, never expires."
        )
        result.slots = section.integer(
            "slots",
            default: usual.slots,
            in: 1...256,
            about: "Requests inside it at once."
        )
        result.loadTimeout = section.duration(
            "load_timeout",
            default: usual.loadTimeout,
            in: .seconds(1) ... .seconds(86_400),
            about: "How long loading may take."
        )
        result.maximumHeld = section.duration(
            "maximum_held",
            default: usual.maximumHeld,
            in: .seconds(1) ... .seconds(604_800),
            about: "The longest device time of one request."
        )
        result.callTimeout = section.duration(
            "call_timeout",
            default: usual.callTimeout,
            in: .seconds(1) ... .seconds(86_400),
            about: "The longest device time of one call; an engine that takes longer is ended."
        )
        result.isPreloaded = section.bool(
            "preload",
            default: usual.isPreloaded,
            about: "Whether it is loaded when the manager starts."
        )
        result.usualClass = section.choice(
            "class",
            default: usual.usualClass,
            about: "The class of requests that name none."
        )
        result.precision = section.choice(
            "precision",
            default: usual.precision,
            of: ["f32", "bf16", "f16"],
            about: "In which it computes; what the CPU lacks is refused."
        )
        result.threads = section.integer(
            "threads",
            default: usual.threads,
            in: 1...1024,
            about: "Threads it computes with."
        )
        result.limits = EngineLimits(section, usual.limits)
        return result
    }

    /// The manager that these settings describe.
    ///
    /// - Parameters:
    ///   - catalogue: The models that were found.
    ///   - programs: The programs that engines are.
    ///   - cache: Where engines keep what they can make again.
    ///   - runtime: Where sockets of engines may be made.
    package func manager(
        of catalogue: [Model],
        programs: EnginePrograms,
        cache: String,
        runtime: String
    ) -> DeviceManager.Settings {
        let models = catalogue.map { model in
            let footprint = model.footprint
            var entry = entry(of: model, footprint: footprint.bytes, cache: cache)
            entry.footprintNote = footprint.note
            return entry
        }
        var manager = DeviceManager.Settings(
            devices: [cpu],
            models: models,
            programs: programs,
            sandbox: sandbox,
            limits: queues
        )
        manager.clientLimits = clientLimits
        manager.clientRules = clientRules
        manager.runtimeFolder = runtime
        manager.leaseLimit = leaseLimit
        manager.treat = { entry(of: $0, footprint: $1, cache: cache) }
        return manager
    }

    /// A model with its treatment.
    private func entry(
        of model: Model,
        footprint: Int,
        cache: String
    ) -> DeviceManager.Settings.Entry {
        let treatment = treatment(of: model.name)
        var model = model
        var limits = treatment.limits
        if model.engine == "openvino" {
            // Of its own: what is kept there is code that the next engine runs.
            let folder = "\(cache)/openvino/\(model.folderName)"
            limits.writable = [folder]
            model.settings["device"] = "CPU"
            model.settings["threads"] = JSONValue(treatment.threads)
            model.settings["precision"] = .string(treatment.precision)
            model.settings["cache_folder"] = .string(folder)
        }
        var description = ModelDescription(
            name: model.name,
            device: cpu.name,
            footprint: footprint,
            keepAlive: treatment.keepAlive,
            slots: treatment.slots,
            loadTimeout: treatment.loadTimeout
        )
        description.maximumHeld = treatment.maximumHeld
        description.callTimeout = treatment.callTimeout
        var entry = DeviceManager.Settings.Entry(
            model: model,
            description: description,
            limits: limits,
            isPinned: treatment.isPinned
        )
        entry.isPreloaded = treatment.isPreloaded
        entry.usualClass = treatment.usualClass
        return entry
    }
}
