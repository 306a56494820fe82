internal import DeviceProtocol
package import POSIX

/// Models whose process is somebody else's: it cannot be stopped from here, only asked to yield.
///
/// Who is asked keeps its place until it says that it has yielded, so that nobody runs beside it; from
/// then on it is stopped like any other engine, and resumed like any other. One that does not yield in
/// time loses its ticket. Its process begins with a grant and keeps its place until it is gone.
extension Scheduler {
    /// Asks outsiders who are about to lose their places.
    ///
    /// Who is, a decision on a copy shows. Once one is asked others may lose theirs, so it looks again.
    mutating func askOutsiders(at now: MonotonicTime, _ actions: inout [Action]) {
        guard isAnybodyElseThere else { return }
        var asked = true
        while asked {
            asked = false
            let running = outsiders.filter { model in
                residencies[model].hasProcess && residencies[model].busy > 0
                    && !residencies[model].isStopped && !residencies[model].isYielding
            }
            guard !running.isEmpty else { return }
            var foreseen = self
            var ignored: [Action] = []
            foreseen.takeTurns(at: now, &ignored)
            for model in running where foreseen.residencies[model].isStopped {
                ask(model, at: now, &actions)
                asked = true
            }
        }
    }

    private mutating func ask(_ model: Int, at now: MonotonicTime, _ actions: inout [Action]) {
        guard let generation = residencies[model].generation else { return }
        residencies[model].isYielding = true
        let patience = residencies[model].model.yieldPatience.nanoseconds
        residencies[model].yieldEnds = now.nanoseconds + patience
        modelsDue = min(modelsDue, residencies[model].yieldEnds)
        due = min(due, modelsDue)
        actions.append(.yield(model: residencies[model].model.name, generation))
    }

    /// An outsider has yielded: its process is stopped, or does nothing by itself.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The process's life; an old one is ignored.
    ///   - now: The present moment.
    package mutating func yielded(
        _ name: String,
        _ generation: Generation,
        at now: MonotonicTime
    ) -> [Action] {
        guard let model = number(of: name), residencies[model].state == .ready(generation),
            residencies[model].isYielding
        else { return [] }
        noteStopped(model, at: now)
        return decide(at: now)
    }

    /// Says what an outsider's model takes that is not there yet.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - bytes: Its memory.
    ///   - patience: How long it may take to yield.
    package mutating func describe(_ name: String, bytes: Int, patience: Duration) {
        guard let model = number(of: name), residencies[model].state == .absent else { return }
        residencies[model].model.footprint = bytes
        residencies[model].model.yieldPatience = patience
    }

    /// Outsiders whose processes run and that are not asked for anything more keep their places.
    mutating func placeOutsiders() {
        for model in outsiders where residencies[model].hasProcess {
            guard !residencies[model].isStopped else { continue }
            if residencies[model].isYielding || residencies[model].busy == 0 { take(model) }
        }
    }

    /// When an outsider will have taken too long to yield.
    func yieldEnd(of model: Int) -> Int64? {
        residencies[model].isYielding && residencies[model].busy > 0
            ? residencies[model].yieldEnds : nil
    }

    /// Ends the tickets of an outsider that did not yield.
    ///
    /// It is no failure of the model: the next one of this name is another program.
    mutating func endUnyielding(
        _ model: Int,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        let patience = residencies[model].model.yieldPatience
        let refusal = Refusal(.heldTooLong, "the device was not given back within \(patience)")
        for place in busyTickets(on: model) {
            reject(tickets[place].id, refusal, at: now, &actions)
        }
    }
}
