internal import Glibc
internal import POSIX

/// `fuzz FOLDER [TARGET…]`: gives every file of a corpus to its target, all targets without names.
///
/// This is the program of a normal build. Built with `--sanitize fuzzer`, `main` is libFuzzer's and
/// `LibFuzzer.swift` takes this type's place; `Fuzz/run` does that.
#if !FUZZING
@main
#endif
struct Program {
    /// Seconds that one input may take; a hang is a finding too.
    private static let patience: UInt32 = 60

    static func main() {
        let words = CommandLine.arguments.dropFirst()
        guard let folder = words.first else { fail("usage: fuzz FOLDER [TARGET...]") }
        let names = words.dropFirst()
        if let name = names.first(where: { name in !FuzzTargets.all.contains { $0.name == name } })
        {
            fail("there is no target '\(name)'")
        }
        for type in FuzzTargets.all where names.isEmpty || names.contains(type.name) {
            replay(type, from: "\(folder)/\(type.name)")
        }
    }

    private static func replay(_ type: any FuzzTarget.Type, from folder: String) {
        let files = Files.names(in: folder).filter { !$0.hasPrefix(".") }.sorted()
        guard !files.isEmpty else { fail("\(folder) holds no inputs") }
        do {
            let target = try type.init()
            for file in files {
                // Before it is tried: the last line names the input that ended the process.
                say("\(type.name)/\(file)")
                alarm(patience)
                target.check(try Files.read("\(folder)/\(file)", limit: 1 << 20))
            }
        } catch {
            fail("\(error)")
        }
    }

    private static func say(_ text: String) {
        let line = Array("\(text)\n".utf8)
        // Nothing helps if standard output is gone.
        _ = unsafe write(1, line, line.count)
    }

    private static func fail(_ text: String) -> Never {
        let line = Array("fuzz: \(text)\n".utf8)
        // Nothing helps if standard error is gone.
        _ = unsafe write(2, line, line.count)
        exit(1)
    }
}
