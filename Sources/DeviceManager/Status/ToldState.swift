internal import DeviceProtocol
internal import JSON

/// What subscribers have been told of models and devices, so that they hear of changes only.
struct ToldState: Equatable {
    private struct ModelState: Equatable {
        let word: String
        let reason: String?
    }

    private struct DeviceState: Equatable {
        let baton: [String]
        let used: Int
    }

    private let models: [String: ModelState]
    private let devices: [String: DeviceState]

    init(_ scheduler: Scheduler) {
        let states = scheduler.residencies.filter { !$0.isForgotten }.map { residency in
            let hasFailed = residency.word == "failed"
            let reason = hasFailed ? residency.lastFailure : nil
            return (residency.model.name, ModelState(word: residency.word, reason: reason))
        }
        models = Dictionary(uniqueKeysWithValues: states)
        let names = scheduler.deviceDescriptions.map(\.name)
        devices = Dictionary(
            uniqueKeysWithValues: names.map { name in
                let baton = scheduler.batonHolders(on: name)
                return (name, DeviceState(baton: baton, used: scheduler.used(on: name)))
            }
        )
    }

    /// The events that lead from an older state to this one.
    func events(since old: ToldState) -> [(kind: DeviceEventKind, event: JSONObject)] {
        var events: [(kind: DeviceEventKind, event: JSONObject)] = []
        for (name, state) in models.sorted(by: { $0.key < $1.key })
        where old.models[name] != state {
            var event: JSONObject = [
                "event": "model", "model": .string(name), "state": .string(state.word),
            ]
            if let reason = state.reason { event["reason"] = .string(reason) }
            events.append((.models, event))
        }
        for (name, state) in devices.sorted(by: { $0.key < $1.key })
        where old.devices[name] != state {
            let event: JSONObject = [
                "event": "device", "device": .string(name),
                "baton": .array(state.baton.map { .string($0) }),
                "used_bytes": JSONValue(state.used),
            ]
            events.append((.devices, event))
        }
        return events
    }
}

extension Scheduler {
    /// The models on a device that are in use and may run now, in order of names.
    func batonHolders(on device: String) -> [String] {
        residencies.filter { $0.model.device == device && $0.busy > 0 && !$0.isStopped }
            .map(\.model.name).sorted()
    }
}
