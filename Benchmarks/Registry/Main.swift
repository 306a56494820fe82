import Glibc
import HTTPClient
import ModelStore
import POSIX
import Registry
import RegistryKit

/// A registry and a pull, each in a process of its own, for the benchmark and for tests that kill.
///
/// - `registry-benchmark serve SIZE COUNT`: a registry with the model `bench/model:latest` of so many
///   blobs of so many bytes; prints its port, then a digest in each line, and serves until its
///   standard input ends; then prints how many bytes of blobs it sent.
/// - `registry-benchmark pull STORE HOST/NAMESPACE/MODEL:TAG [RATE]`: pulls without TLS, maybe with
///   so many bytes a second at most; prints the seconds that it took.
@main
struct Main {
    static func main() async {
        let words = CommandLine.arguments
        switch words.dropFirst().first {
        case "serve" where words.count == 4:
            guard let size = Int(words[2]), let count = Int(words[3]) else { usage() }
            serve(size, count)
        case "pull" where words.count >= 4:
            await pull(words[2], words[3], words.count > 4 ? Int(words[4]) : nil)
        default: usage()
        }
    }

    private static func usage() -> Never {
        print("usage: registry-benchmark serve SIZE COUNT | pull STORE REFERENCE [RATE]")
        exit(2)
    }

    private static func serve(_ size: Int, _ count: Int) {
        do {
            let registry = try LoopbackRegistry()
            // Bytes that no file system or link makes smaller; different for each blob.
            var state: UInt64 = 0x9E37_79B9_7F4A_7C15
            let blobs = (0..<count).map { _ in
                [UInt8](unsafeUninitializedCapacity: size) { room, used in
                    for index in 0..<size {
                        state ^= state << 13
                        state ^= state >> 7
                        state ^= state << 17
                        room[index] = UInt8(truncatingIfNeeded: state)
                    }
                    used = size
                }
            }
            registry.add(model: "bench/model:latest", blobs.map { ("application/x-bench", $0) })
            print(registry.port)
            for blob in blobs { print(registry.add(blob: blob)) }
            fflush(nil)
            while readLine() != nil {}
            print(registry.sentBytes)
        } catch {
            print("registry-benchmark: \(error)")
            exit(1)
        }
    }

    private static func pull(_ folder: String, _ name: String, _ rate: Int?) async {
        do {
            let writer = StoreWriter(ModelStore(path: folder) { _ in [] })
            var settings = RegistryTransfers.Settings()
            settings.rate = rate
            let start = MonotonicTime.now
            let transfers = try RegistryTransfers(writer, settings: settings)
            let reference = try RegistryReference(name, insecure: true)
            for try await _ in try await transfers.pull(reference) {}
            print(MonotonicTime.now.seconds(since: start))
        } catch {
            print("registry-benchmark: \(error)")
            exit(1)
        }
    }
}
