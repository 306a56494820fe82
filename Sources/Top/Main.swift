import CommandLine
import DeviceClient
import DeviceProtocol
import Glibc
import JSON
import Logging
import POSIX
import StatusText

/// `baton-top SOCKET MILLISECONDS`: what the devices do, on a screen of its own; `baton top` starts it.
///
/// A program of its own, so that the others do not carry the terminal library.
@main
@MainActor
struct Top {
    /// How long the manager may take to answer.
    private static let patience = Duration.seconds(2)

    static func main() async {
        let words = CommandLine.arguments
        guard words.count == 3, let interval = Int(words[2]), (100...60_000).contains(interval)
        else {
            Terminal.writeError("usage: baton-top SOCKET MILLISECONDS\n")
            exit(2)
        }
        guard isatty(0) == 1, isatty(1) == 1 else {
            Terminal.writeError("baton top: this is no terminal; try 'baton status'\n")
            exit(1)
        }
        let loop: EventLoop
        do {
            loop = try EventLoop(name: "baton-top")
        } catch {
            Terminal.writeError("baton top: \(error.description)\n")
            exit(1)
        }
        let client = DeviceClient(
            path: words[1],
            name: "baton top",
            loop: loop,
            // A screen shows nothing beside itself; what goes wrong is shown on it.
            logger: .standardError(label: "baton-top", minimum: .error),
            patience: .zero
        )
        guard let screen = CursesScreen() else {
            Terminal.writeError("baton top: this terminal cannot be used as a screen\n")
            exit(1)
        }
        await show(client, on: screen, every: interval)
    }

    private static func show(
        _ client: DeviceClient,
        on screen: consuming CursesScreen,
        every interval: Int
    ) async {
        var report: JSONValue?
        var scroll = 0
        while true {
            var problem: String?
            do throws(DeviceError) {
                report = try await status(of: client)
            } catch {
                problem = error.message
            }
            let next = MonotonicTime.now + .milliseconds(Int64(interval))
            // Keys are answered at once, with what is known.
            repeat {
                let view = TopScreen(
                    report,
                    problem: problem,
                    width: screen.width,
                    height: screen.height,
                    scroll: scroll
                )
                screen.show(view.lines)
                let rest = max(Int((next - .now).milliseconds.rounded(.up)), 20)
                switch screen.key(within: rest) {
                case .quit, .end: return
                case .up: scroll = max(scroll - 1, 0)
                case .down: scroll = min(scroll + 1, view.maximumScroll)
                case .resize, nil: break
                }
            } while .now < next
        }
    }

    /// The manager's report, unless it takes too long.
    private static func status(of client: DeviceClient) async throws(DeviceError) -> JSONValue {
        let answer = await withTaskGroup(
            of: Result<JSONValue, DeviceError>.self
        ) { group in
            group.addTask {
                do throws(DeviceError) {
                    return .success(try await client.status())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                // Cancelled when the answer is there.
                try? await Task.sleep(for: patience)
                return .failure(DeviceError(.unavailable, "the device manager does not answer"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(DeviceError(.internalError, "nothing was asked"))
        }
        return try answer.get()
    }
}
