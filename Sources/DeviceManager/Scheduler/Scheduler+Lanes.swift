/// Lanes come with the first ticket for their models.
extension Scheduler {
    mutating func makeLane(_ name: Prehashed<LaneName>) -> Int {
        var models = NumberList()
        var devices = NumberList()
        for model in name.value.models.compactMap({ self.number(of: $0) }) {
            models.append(model)
            let device = residencies[model].device
            if !devices.contains(device) { devices.append(device) }
        }
        let lane = Lane(models: models, devices: devices, isForLoading: name.value.purpose == .load)
        let number = lanes.insert(lane)
        for model in models { residencies[model].lanes.append(number) }
        laneNumbers[name] = number
        return number
    }

    mutating func closeLane(_ number: Int) {
        lanes[number].tickets -= 1
        forgetLane(number)
    }

    /// Sets that clients thought of are forgotten with their last ticket; there could be any number.
    mutating func forgetLane(_ number: Int) {
        guard lanes[number].tickets == 0, lanes[number].models.count > 1 else { return }
        dissolveLane(number)
    }

    /// Lets go of a lane without tickets.
    mutating func dissolveLane(_ number: Int) {
        let names = lanes[number].models.map { residencies[$0].model.name }
        let purpose: TicketRequest.Purpose = lanes[number].isForLoading ? .load : .use
        laneNumbers.removeValue(forKey: Prehashed(LaneName(models: names, purpose: purpose)))
        for model in lanes[number].models { residencies[model].lanes.removeAll { $0 == number } }
        lanes.remove(number)
    }
}
