internal import Glibc
internal import POSIX
internal import VocabularyProtocol

/// `baton-vocabulary [COUNT]`: counts tokens for the process at descriptor 3, without any weights.
///
/// Keeps the vocabularies of as many files as COUNT says. Ends when that connection ends. Needs no
/// network, and of files only the libraries and those that it is asked about.
@main
struct Main {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        let count = words.first.map { Int($0) ?? 0 } ?? VocabularyLimits.vocabularies
        guard count > 0, words.count <= 1 else { Session.fail("usage: baton-vocabulary [COUNT]") }
        LibraryLog.start()
        let session = Session(capacity: count)
        do {
            let loop = try EventLoop(name: "vocabulary")
            loop.submit { begin(session, on: loop) }
        } catch {
            Session.fail(error.description)
        }
        // The loop's thread does everything and ends the process.
        while true { pause() }
    }

    private static func begin(_ session: Session, on loop: EventLoop) {
        do {
            let socket = FileDescriptorBox(owning: VocabularyLimits.connection)
            try session.begin(on: socket, loop: loop)
        } catch {
            Session.fail(error.description)
        }
    }
}
