import CLinux
import DeviceProtocol
import JSON
import Logging
import POSIX

/// The main thread's part: it loads and infers, one thing at a time.
extension EngineProcess {
    func work() -> Never {
        while true {
            wake.wait()
            if let load = shared.withLock({ $0.load.take() }) { perform(load) }
            while let item = next() { perform(item) }
        }
    }

    private func perform(_ load: Load) {
        let outcome: Result<Model, EngineError>
        do throws(EngineError) {
            outcome = .success(try Model.load(load.request))
        } catch {
            outcome = .failure(error)
        }
        // Loading leaves behind much that only the C library's allocator still holds.
        malloc_trim(0)
        let footprint = footprint
        shared.withLock { shared in
            shared.isLoading = false
            shared.model = try? outcome.get()
            shared.modelName = shared.model.map { _ in load.request.model }
        }
        loop.submit { [self] in
            guard let control = connections.withLock({ $0.control }) else { return }
            switch outcome {
            case .success(let model):
                let graphs = model.graphs.sorted { $0.key < $1.key }
                control.reply(
                    load.id,
                    [
                        ("footprint_bytes", JSONValue(footprint)),
                        ("graphs", .object(JSONObject(graphs.map { ($0.key, $0.value.json) }))),
                    ]
                )
            case .failure(let error): control.reply(load.id, error)
            }
        }
    }

    private func next() -> (WorkBoard<Call>.Item, Model)? {
        shared.withLock { shared in
            // Work is only accepted once there is a model, and a model never goes.
            guard let model = shared.model, let item = shared.board.next(at: clock.now) else {
                return nil
            }
            return (item, model)
        }
    }

    private func perform(_ work: (item: WorkBoard<Call>.Item, model: Model)) {
        let call = work.item.payload
        let queued = (.now - call.submitted).nanoseconds / 1000
        let outcome: Result<[String: [Int]], EngineError>
        do throws(EngineError) {
            // An interruption that came before the work has begun would find nothing to interrupt.
            guard !call.inference.isCalledOff else { throw EngineError(interrupted: "not begun") }
            outcome = .success(try work.model.infer(call.inference))
        } catch {
            outcome = .failure(error)
        }
        let ended = shared.withLock { shared in
            let ended = shared.board.finish(at: clock.now)
            shared.statistics.held += ended.held
            if case .success = outcome {
                shared.statistics.completed += 1
            } else {
                shared.statistics.failed += 1
            }
            return ended
        }
        switch outcome {
        case .success(let shapes):
            call.channel.reply(
                work.item.request,
                [
                    ("outputs", outputs(call.inference, shapes, work.model)),
                    ("device_us", JSONValue(ended.held / 1000)),
                    ("queued_us", JSONValue(queued)),
                ]
            )
        case .failure(let error) where error.isInterruption:
            let code = ended.reason ?? .cancelled
            call.channel.reply(work.item.request, EngineError(code, "called off while it ran"))
        case .failure(let error): call.channel.reply(work.item.request, error)
        }
        if let idle = ended.idle { loop.submit { [self] in report(idle: idle) } }
    }

    private func outputs(
        _ call: InferenceCall,
        _ shapes: [String: [Int]],
        _ model: Model
    ) -> JSONValue {
        let descriptions = model.graphs[call.graph]?.outputs ?? []
        var members: [(String, JSONValue)] = []
        for description in descriptions {
            guard let space = call.outputs[description.name],
                let shape = shapes[description.name]
            else { continue }
            let tensor = Tensor(
                type: description.type,
                shape: shape,
                buffer: space.buffer,
                offset: space.offset
            )
            members.append((description.name, tensor.json))
        }
        return .object(JSONObject(members))
    }
}
