internal import POSIX

/// One request that has a body or a task: what lies between its head and its last byte.
///
/// `receiving → running → answered`, `uploading → running → answered`, or `receiving → answered`.
/// Used on the connection's thread only; what other threads touch is in `RunningRequest`.
final class Exchange {
    enum Phase {
        /// The body is arriving and kept.
        case receiving
        /// The body is arriving and a task reads it.
        case uploading(RunningRequest)
        /// The body is complete and a task works.
        case running(RunningRequest)
        /// A response is queued, or the connection was given up.
        case answered
    }

    /// What became of bytes of the body.
    enum Intake {
        case taken
        /// They are to be offered again; the connection is suspended.
        case full
        /// More is coming than anybody will read: give the connection up.
        case endless
    }

    let head: RequestHead
    var phase = Phase.receiving
    var intake: BodyIntake
    /// Why the request will not be worked on; told once the body is out of the way.
    var refusal: HTTPError?
    /// Whether a slot was taken that no handler has taken over.
    var holdsSlot = false
    var multipart: MultipartReader?
    /// What was answered; logged when the last byte is out.
    var answer: RequestLog.Answer?
    private(set) var bytes: [UInt8] = []
    /// The length that the head names, or 0.
    private var announced = 0
    /// How much of it gets memory before it has arrived; who sent that much is believed the rest.
    private static let claimBelieved = 1 << 20

    init(_ head: RequestHead, bodyLimit: Int) {
        self.head = head
        intake = BodyIntake(limit: bodyLimit)
    }

    /// The request that a task works on.
    var task: RunningRequest? {
        switch phase {
        case .uploading(let request), .running(let request): request
        case .receiving, .answered: nil
        }
    }

    /// Refuses the request; the first reason counts.
    func refuse(_ error: HTTPError) {
        if refusal == nil { refusal = error }
        intake.isRefused = true
        multipart = nil
        bytes = []
        task?.cancel(error)
    }

    /// Makes room for a body of known length, which is only a claim.
    func expect(_ announced: Int) {
        guard multipart == nil else { return }
        self.announced = announced
        bytes.reserveCapacity(min(announced, Self.claimBelieved))
    }

    /// Gives the body away.
    func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Takes the next bytes of the body.
    func receive(_ data: UnsafeRawBufferPointer) -> Intake {
        head.client.touch(at: .now)
        if case .uploading(let request) = phase, unsafe request.receive(data) == .full {
            return .full
        }
        switch intake.receive(data.count) {
        case .close:
            refuse(.tooLarge(limit: intake.limit))
            return .endless
        case .discard:
            if intake.isTooLarge { refuse(.tooLarge(limit: intake.limit)) }
        case .keep:
            guard case .receiving = phase else { return .taken }
            guard multipart != nil else {
                if bytes.count + data.count > Self.claimBelieved {
                    bytes.reserveCapacity(announced)
                }
                unsafe bytes.append(contentsOf: data)
                return .taken
            }
            do {
                unsafe try multipart?.receive(data)
            } catch {
                refuse(error)
            }
        }
        return .taken
    }
}
