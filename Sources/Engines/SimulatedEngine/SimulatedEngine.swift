import EngineKit
import Glibc
import Logging

/// An engine that computes nothing and behaves as scripted: for tests of what surrounds engines.
///
/// It says `"simulated": true` wherever it introduces itself and is never a stand-in for a real
/// engine. `--exit-at-start CODE` makes it end before it says a word.
@main
enum SimulatedEngine {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let log = Logger.standardError(label: "engine-simulated")
        if let first = arguments.first {
            guard first == "--exit-at-start", arguments.count == 2,
                let code = arguments.last.flatMap(CInt.init)
            else {
                log.error("usage: baton-engine-simulated [--exit-at-start CODE]")
                exit(2)
            }
            exit(code)
        }
        let identity = EngineIdentity(name: "simulated", version: "1", isSimulated: true)
        EngineProcess<SimulatedModel>.run(identity, log: log)
    }
}
