package import Configuration
internal import POSIX
internal import Sandboxing
internal import VocabularyProtocol

/// What a vocabulary process may use and how long it may take.
package struct VocabularyConfiguration: Sendable {
    /// The launcher's file.
    package var launcher: String
    /// The process's file.
    package var program: String
    /// Folders of the libraries that it needs, beside those of the system.
    package var libraries: [String]
    /// Files, and folders of files, that it may read; those that are no links out of them.
    package var readable: [String]
    /// Most vocabularies that it keeps; at least 1.
    package var vocabularies = VocabularyLimits.vocabularies
    /// Most bytes of private memory.
    ///
    /// A vocabulary of 150,000 entries takes 48 MB, one of 260,000 about 100 MB, and a text up to
    /// 110 times its length while it is read.
    package var memory = 1 << 30
    /// Most requests that wait or are worked on before new ones are refused; at least 1.
    package var requestLimit = 16
    /// How long a caller waits for an answer, and the process may work on one request.
    package var timeLimit = Duration.seconds(10)
    /// How long an idle process stays.
    package var idleLimit = Duration.seconds(300)

    /// Describes a process with the defaults.
    ///
    /// - Parameters:
    ///   - launcher: The launcher's file.
    ///   - program: The process's file.
    ///   - libraries: Folders of libraries.
    ///   - readable: Files and folders of files that it may read.
    package init(launcher: String, program: String, libraries: [String], readable: [String]) {
        self.launcher = launcher
        self.program = program
        self.libraries = libraries
        self.readable = readable
    }

    /// Describes a process whose programs lie beside this one or in `../lib/baton`.
    ///
    /// - Parameter readable: Files and folders of files that it may read.
    /// - Throws: `ConfigurationError` when a program is in neither folder.
    package static func installed(
        readable: [String]
    ) throws(ConfigurationError) -> VocabularyConfiguration {
        VocabularyConfiguration(
            launcher: try Programs.path(of: "baton-launch"),
            program: try Programs.path(of: "baton-vocabulary"),
            libraries: Programs.libraryFolders,
            readable: readable
        )
    }

    /// How the process is started: it reads its libraries and the files, and reaches nothing else.
    ///
    /// Its niceness is the caller's: requests wait for it, and it computes for milliseconds.
    ///
    /// - Parameter parent: The process that it must not outlive.
    func options(parent: Int32) -> LaunchOptions {
        var options = LaunchOptions(program: program, arguments: ["\(vocabularies)"])
        options.confineFully(parent: parent)
        options.memory = memory
        options.files = 64
        options.readable = libraries + readable
        return options
    }

    /// The process's whole environment.
    var environment: [String] {
        let inherited = ["PATH", "LD_LIBRARY_PATH"].compactMap { name in
            Environment.value(name).map { "\(name)=\($0)" }
        }
        // One arena: what a long text took must not be kept for another thread. And the library
        // would start a debugger when it gives up, which the sandbox forbids.
        let settings = ["MALLOC_ARENA_MAX=1", "GGML_NO_BACKTRACE=1", "SWIFT_BACKTRACE=enable=no"]
        return inherited + settings
    }
}
