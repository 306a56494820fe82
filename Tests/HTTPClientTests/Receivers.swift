import HTTPClient
import POSIX

/// Takes everything and looks at nothing.
struct Ignorer: WebReceiver {
    func receive(_ head: WebHead) throws(WebError) {}
    func receive(_ bytes: UnsafeRawBufferPointer) throws(WebError) -> WebFlow { .taken }
}

/// Takes every other piece only when it comes for the second time.
final class Taker: WebReceiver {
    let transfer = Guarded<WebTransfer?>(nil)
    let count = Guarded(0)
    let refusals = Guarded(0)
    let ends = Guarded(0)
    private let isSecondTime = Guarded(false)

    func receive(_ head: WebHead) throws(WebError) {}

    func receive(_ bytes: UnsafeRawBufferPointer) throws(WebError) -> WebFlow {
        let mustTake = isSecondTime.withLock { isSecond in
            isSecond.toggle()
            return !isSecond
        }
        if mustTake {
            count.withLock { $0 += bytes.count }
            return .taken
        }
        let number = refusals.withLock { count in
            count += 1
            return count
        }
        if number % 2 == 0 { return .wait(until: .now + .milliseconds(1)) }
        if let transfer = transfer.withLock({ $0 }) { transfer.resume() }
        return transfer.withLock { $0 } == nil ? .wait(until: .now) : .later
    }

    func end(_ error: WebError?) { ends.withLock { $0 += 1 } }
}
