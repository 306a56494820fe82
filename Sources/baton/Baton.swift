import CommandLine
import Glibc
import POSIX

/// The command line: one verb for everything that people and units do.
@main
enum Baton {
    static func main() async {
        let program = Program(
            "baton",
            "shares one machine's accelerator between AI services",
            version: Version.text,
            verbs: [
                UpVerb.verb, ServeVerb.verb, DeviceVerb.verb, StatusVerb.verb, DoctorVerb.verb,
                ConfigVerb.verb, VersionVerb.verb,
            ])
        exit(await program.run(Array(CommandLine.arguments.dropFirst())))
    }
}
