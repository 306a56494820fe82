import CommandLine
import POSIX

/// `baton version`.
enum VersionVerb {
    static let verb = Verb("version", "print the version") { _ in
        Terminal.write("baton \(Version.text)\n")
        return 0
    }
}
