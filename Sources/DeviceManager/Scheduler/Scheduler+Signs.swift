package import POSIX

/// Signs of life: an engine that works answers, and each of its calls ends.
///
/// An engine is asked only while it works and is not stopped, so that neither a turn of somebody else
/// nor a machine that stood still counts against it.
extension Scheduler {
    /// Whether an engine that lives would answer now.
    ///
    /// - Parameter name: The model.
    package func awaitsSign(_ name: String) -> Bool {
        number(of: name).map { isWorking($0) } ?? false
    }

    /// Engines that work are about to be asked for a sign of life.
    ///
    /// One that has left too many questions unanswered fails.
    ///
    /// - Parameter now: The present moment.
    package mutating func askForSigns(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        for model in residencies.indices where isWorking(model) {
            let most = residencies[model].model.unanswered ?? limits.unanswered
            guard residencies[model].unanswered >= most else {
                residencies[model].unanswered += 1
                continue
            }
            let count = residencies[model].unanswered
            fail(model, "its engine left \(count) questions unanswered", at: now, &actions)
        }
        return actions.isEmpty ? [] : actions + decide(at: now)
    }

    /// An engine gave a sign of life.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - call: Device time that the call has had that it runs; zero when it told nothing of one.
    ///   - now: The present moment.
    package mutating func heard(
        _ name: String,
        _ generation: Generation,
        call: Duration,
        at now: MonotonicTime
    ) -> [Action] {
        guard let model = number(of: name), residencies[model].state == .ready(generation) else {
            return []
        }
        residencies[model].unanswered = 0
        let limit = residencies[model].model.callTimeout
        guard call > limit else { return [] }
        var actions: [Action] = []
        let reason = "a call did not end within \(limit) of device time"
        fail(model, reason, at: now, &actions)
        return actions + decide(at: now)
    }

    private func isWorking(_ model: Int) -> Bool {
        let residency = residencies[model]
        // Of a program outside it is not known when it works.
        return !residency.model.isOutside && residency.isReady && !residency.isStopped
            && residency.busy > 0
    }
}
