/// One request that has a body or a task: what lies between its head and its last byte.
///
/// `receiving → running → answered`, or `receiving → answered`. Used on the connection's thread
/// only; what other threads touch is in `RunningRequest`.
final class Exchange {
    enum Phase {
        /// The body is arriving.
        case receiving
        /// The connection is suspended, or was just resumed.
        case running(RunningRequest)
        /// A response is queued, or the connection was given up.
        case answered
    }

    let head: RequestHead
    var phase = Phase.receiving
    var intake: BodyIntake
    /// Why the request will not be worked on; told once the body is out of the way.
    var refusal: HTTPError?
    /// Whether a slot was taken that no handler has taken over.
    var holdsSlot = false
    var multipart: MultipartReader?
    private(set) var bytes: [UInt8] = []

    init(_ head: RequestHead, bodyLimit: Int) {
        self.head = head
        intake = BodyIntake(limit: bodyLimit)
    }

    /// Refuses the request; the first reason counts.
    func refuse(_ error: HTTPError) {
        if refusal == nil { refusal = error }
        intake.isRefused = true
        multipart = nil
        bytes = []
    }

    /// Makes room for a body of known length, within reason: the length is only a claim.
    func expect(_ announced: Int) {
        if multipart == nil { bytes.reserveCapacity(min(announced, 1 << 20)) }
    }

    /// Gives the body away.
    func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Takes the next bytes of the body.
    ///
    /// - Returns: Whether the connection may go on.
    func receive(_ data: UnsafeRawBufferPointer) -> Bool {
        switch intake.receive(data.count) {
        case .close:
            refuse(.tooLarge(limit: intake.limit))
            return false
        case .discard:
            if intake.isTooLarge { refuse(.tooLarge(limit: intake.limit)) }
        case .keep:
            guard let multipart else {
                unsafe bytes.append(contentsOf: data)
                return true
            }
            do {
                unsafe try multipart.receive(data)
            } catch {
                refuse(error)
            }
        }
        return true
    }
}
