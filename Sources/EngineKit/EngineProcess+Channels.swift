import DeviceProtocol
import JSON
import Logging
import POSIX

/// What clients say; all on the loop's thread.
extension EngineProcess {
    func open(channel number: Int, _ socket: FileDescriptorBox) {
        do {
            let handlers = FrameConnection.Handlers(
                frame: { [self] in receive($0, $1, on: number) },
                closed: { [self] in close(channel: number, $0) }
            )
            let connection = try FrameConnection(
                socket: socket,
                loop: loop,
                queueLimit: Self.replyLimit,
                handlers: handlers
            )
            connections.withLock { $0.channels[number] = ClientChannel(connection) }
        } catch {
            log.error(
                "a channel cannot be opened",
                [("channel", "\(number)"), ("reason", error.description)]
            )
        }
    }

    private func close(channel number: Int, _ reason: String?) {
        if let reason {
            log.warning("a channel broke", [("channel", "\(number)"), ("reason", reason)])
        }
        // Its buffers go with it, as soon as running work lets go of them.
        connections.withLock { _ = $0.channels.removeValue(forKey: number) }
        callOff(.cancelled) { $0.close(channel: number) }
    }

    private func receive(
        _ frame: JSONObject,
        _ descriptors: [FileDescriptorBox],
        on number: Int
    ) {
        guard let channel = connections.withLock({ $0.channels[number] }) else { return }
        let buffers: BufferTable
        do {
            buffers = try channel.update(from: frame, descriptors)
        } catch {
            return channel.connection.close(telling: .init(.badRequest, error.description))
        }
        let action = frame["action"]?.stringValue ?? ""
        if action == "cancel", let target = frame["target"]?.integerValue {
            return callOff(.cancelled) { $0.cancel(request: target, of: number) }
        }
        guard let id = frame["request_id"]?.integerValue else {
            let reason = "a request has no whole number as 'request_id'"
            return channel.connection.close(telling: .init(.badRequest, reason))
        }
        do {
            switch action {
            case "describe": channel.connection.reply(id, try description())
            case "infer": try submit(frame, id, channel: number, channel.connection, buffers)
            default: throw EngineError(.badRequest, "the action '\(action)' is unknown")
            }
        } catch let error as EngineError {
            channel.connection.reply(id, error)
        } catch {
            channel.connection.reply(id, EngineError(.badRequest, "\(error)"))
        }
    }

    private func description() throws(EngineError) -> [(String, JSONValue)] {
        let graphs = try loadedModel().graphs.sorted { $0.key < $1.key }
        return [
            ("simulated", .bool(identity.isSimulated)),
            ("graphs", .object(JSONObject(graphs.map { ($0.key, $0.value.json) }))),
        ]
    }

    private func loadedModel() throws(EngineError) -> Model {
        guard let model = shared.withLock({ $0.model }) else {
            throw EngineError(.notLoaded, "no model is loaded yet")
        }
        return model
    }

    private func submit(
        _ frame: JSONObject,
        _ id: Int,
        channel: Int,
        _ connection: FrameConnection,
        _ buffers: BufferTable
    ) throws(EngineError) {
        guard let token = frame["token"]?.stringValue else {
            throw EngineError(.badRequest, "'token' must be a string")
        }
        let key = TokenTable.Key(channel: channel, token: token)
        try checkToken(key)
        let call = Call(
            inference: try InferenceCall(frame, graphs: loadedModel().graphs, buffers: buffers),
            channel: connection,
            submitted: .now
        )
        let item = WorkBoard<Call>.Item(request: id, key: key, payload: call)
        if let code = shared.withLock({ $0.board.submit(item) }) { throw refusal(code) }
        wake.post()
        startTicking()
    }

    /// Checked before the frame is read further, so that strangers learn nothing about the model.
    private func checkToken(_ key: TokenTable.Key) throws(EngineError) {
        if shared.withLock({ $0.board.standing(of: key) }) == .unknown {
            // The manager admits a token before it tells the client, but on another socket, which
            // may not have had its turn yet.
            connections.withLock { $0.control }?.receivePending()
        }
        switch shared.withLock({ $0.board.standing(of: key) }) {
        case .admitted: return
        case .revoked: throw refusal(.revoked)
        case .unknown: throw refusal(.notAdmitted)
        }
    }

    private func refusal(_ code: DeviceErrorCode) -> EngineError {
        switch code {
        case .queueFull:
            EngineError(code, "\(Self.channelLimit) requests wait on this channel already")
        case .revoked: EngineError(code, "the token was revoked")
        case .cancelled: EngineError(code, "the request was cancelled")
        default: EngineError(code, "the token may not run work here")
        }
    }

    /// Calls work off: answers what waited, interrupts what runs, reports what is idle.
    func callOff(
        _ code: DeviceErrorCode,
        _ change: (inout WorkBoard<Call>) -> WorkBoard<Call>.CallOff
    ) {
        let (calledOff, isIdle) = shared.withLock { shared in
            let calledOff = change(&shared.board)
            shared.statistics.refused += calledOff.refused.count
            if let running = calledOff.running {
                running.payload.inference.callOff()
                // Under the lock, or the next piece of work could be running by then.
                shared.model?.interrupt(graph: running.payload.inference.graph)
            }
            return (calledOff, calledOff.idle)
        }
        for item in calledOff.refused { item.payload.channel.reply(item.request, refusal(code)) }
        if let isIdle { report(idle: isIdle) }
    }
}
