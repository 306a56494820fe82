internal import Glibc
internal import ImageFiles
internal import MediaProtocol
internal import POSIX

/// `baton-media [PICTURE-BYTES]`: decodes and prepares pictures for the process at descriptor 3.
///
/// Ends when that connection ends. Knows no file and no network, so it runs with neither.
@main
struct Media {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        let limit = words.first.map { Int($0) ?? 0 } ?? MediaLimits.pictureBytes
        guard limit > 0, words.count <= 1
        else { Session.fail("usage: baton-media [PICTURE-BYTES]") }
        guard VipsSource.start() else { Session.fail("libvips does not start") }
        let session = Session(byteLimit: limit)
        do {
            let loop = try EventLoop(name: "media")
            loop.submit { begin(session, on: loop) }
        } catch {
            Session.fail(error.description)
        }
        // The loop's thread does everything and ends the process.
        while true { pause() }
    }

    private static func begin(_ session: Session, on loop: EventLoop) {
        do {
            try session.begin(on: FileDescriptorBox(owning: MediaLimits.connection), loop: loop)
        } catch {
            Session.fail(error.description)
        }
    }
}
