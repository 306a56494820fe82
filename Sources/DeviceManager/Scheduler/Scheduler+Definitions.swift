package import POSIX

/// Models that become known and are forgotten while the manager lives.
///
/// A model's number is given again once it is forgotten, so that tables grow with the models that are
/// known at once and not with all that ever were.
extension Scheduler {
    /// A model becomes known, or a known one is described anew.
    ///
    /// - Parameters:
    ///   - model: The model; its device exists and its name is no outsider's.
    ///   - now: The present moment.
    /// - Returns: Whether it is known now as described; false when one of its name is in use.
    package mutating func define(_ model: ModelDescription, at now: MonotonicTime) -> Bool {
        guard let device = devices.firstIndex(where: { $0.description.name == model.device })
        else { preconditionFailure("a model names a device that exists") }
        if let known = numbers[model.name] {
            guard !residencies[known].model.isOutside, forget(known) else { return false }
        }
        let residency = Residency(model: model, device: device, now: now)
        let number: Int
        if let vacant = vacantNumbers.popLast() {
            residencies[vacant] = residency
            number = vacant
        } else {
            residencies.append(residency)
            number = residencies.count - 1
        }
        numbers[model.name] = number
        devices[device].models.append(number)
        return true
    }

    /// A model is not to be known any more.
    ///
    /// - Parameter name: The model.
    /// - Returns: Whether it is unknown now; false when it is in memory, or tickets name it.
    package mutating func forget(_ name: String) -> Bool {
        numbers[name].map { forget($0) } ?? true
    }

    private mutating func forget(_ model: Int) -> Bool {
        let residency = residencies[model]
        guard residency.state == .absent, !residency.model.isOutside,
            residency.lanes.allSatisfy({ lanes[$0].tickets == 0 })
        else { return false }
        for lane in residency.lanes { dissolveLane(lane) }
        numbers.removeValue(forKey: residency.model.name)
        devices[residency.device].models.removeAll { $0 == model }
        residencies[model].isForgotten = true
        vacantNumbers.append(model)
        return true
    }

    /// A model is to stay this long without tickets from now on.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - span: How long; nil means for ever.
    package mutating func keep(_ name: String, _ span: Duration?) {
        guard let model = number(of: name) else { return }
        residencies[model].keep(span)
        modelsDue = 0
    }
}
