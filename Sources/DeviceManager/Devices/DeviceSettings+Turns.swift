internal import Configuration
internal import DeviceProtocol

/// The sections `cpu` and `queues` of `device.yaml`: who has the device, and who waits.
extension DeviceSettings {
    /// Memory that is left to everything else by default: a quarter, at least 512 MiB.
    private static func usualMemory() -> Int {
        let total = MachineMemory.limit()
        return max(total - max(total / 4, 512 << 20), 256 << 20)
    }

    static func cpu(_ section: ConfigurationReader) -> DeviceDescription {
        let engines = section.integer(
            "engines",
            default: 1,
            in: 1...64,
            about: "Engines that run at once."
        )
        let memory = section.bytes(
            "memory",
            default: usualMemory(),
            in: (64 << 20)...Int.max,
            about: "Memory for all engines together; by default three quarters of the machine's."
        )
        var cpu = DeviceDescription(
            name: "cpu",
            rule: .stopProcess(engines: engines),
            budget: memory
        )
        cpu.quantum = section.duration(
            "quantum",
            default: cpu.quantum,
            in: .milliseconds(10) ... .seconds(60),
            about: "How long an engine goes on while an equal waits for its turn."
        )
        cpu.lowerShare = section.double(
            "lower_share",
            default: cpu.lowerShare,
            in: 0...0.9,
            about: "The part of the time that a class leaves to lower ones while they want it."
        )
        cpu.minimumResidency = section.duration(
            "minimum_residency",
            default: cpu.minimumResidency,
            in: .zero ... .seconds(3600),
            about: "The least time between two swaps of models that do not fit together."
        )
        cpu.maximumOvertaking = section.duration(
            "maximum_overtaking",
            default: max(cpu.maximumOvertaking, cpu.minimumResidency),
            in: cpu.minimumResidency ... .seconds(3600),
            about: "How long requests for models in memory may go before one that must be loaded."
        )
        return cpu
    }

    static func queues(_ section: ConfigurationReader) -> SchedulerLimits {
        var limits = SchedulerLimits()
        limits.waitingPerModel = section.integer(
            "per_model",
            default: limits.waitingPerModel,
            in: 1...100_000,
            about: "Most requests that wait for a model; a key leaves others as many as it has."
        )
        limits.waitingPerKey = section.integer(
            "per_key",
            default: limits.waitingPerKey,
            in: 1...100_000,
            about: "Most requests of one key that wait."
        )
        let ageing = section.section(
            "ageing",
            about: "How long a request of a class waits before it counts as one of the next."
        )
        for ticketClass in [TicketClass.interactive, .background] {
            limits.ageing[ticketClass] = ageing.duration(
                ticketClass.rawValue,
                default: limits.ageing[ticketClass] ?? .seconds(60),
                in: .seconds(1) ... .seconds(86_400),
                about: "Of this class."
            )
        }
        for item in section.items("weights", about: "Keys whose share is not the usual one.") {
            let key = item.requiredString("key", about: "The key, as the status shows it.")
            limits.weights[key] = item.integer(
                "weight",
                default: 100,
                in: 1...10_000,
                about: "Its share, where 100 is a usual one."
            )
        }
        return limits
    }
}
