import CommandLine
import Configuration
import DeviceManager
import JSON
import POSIX

/// `baton config check|render`: what the configuration files say, and whether they are right.
enum ConfigVerb {
    static let verb = Verb(
        "config",
        "check and show the configuration",
        verbs: [
            Verb(
                "check",
                "report everything that is wrong with the files",
                positionals: [Positional("NAME", "parts; all by default", .rest)]
            ) { values in try check(names(values)) },
            Verb(
                "render",
                "print what counts, defaults included",
                options: [
                    Option(
                        "format",
                        .choice(["json", "yaml"]),
                        placeholder: "FORMAT",
                        default: "yaml",
                        "yaml explains every key"
                    ),
                    Option("output", placeholder: "FILE", "write a file instead, in one step"),
                ],
                positionals: [Positional("NAME", "the part", .required)]
            ) { values in
                let reader = try read(values.required("NAME"))
                try reader.finish()
                let isJSON = values.string("format") == "json"
                let text = isJSON ? reader.rendered.indented + "\n" : reader.documented
                guard let file = values.string("output") else {
                    Terminal.write(text)
                    return 0
                }
                try Files.replace(file, with: Array(text.utf8))
                return 0
            },
        ]
    )

    private static func names(_ values: Values) -> [String] {
        let given = values.strings("NAME")
        return given.isEmpty ? ["device"] + ServiceCatalogue.names : given
    }

    private static func check(_ names: [String]) throws -> Int32 {
        var code: Int32 = 0
        for name in names {
            let path = try ConfigurationFile.locate(service: name).path
            do {
                try read(name).finish()
                Terminal.write("\(name): ok, \(path ?? "defaults, there is no file")\n")
            } catch {
                Terminal.writeError("\(error)\n")
                code = 1
            }
        }
        return code
    }

    /// Reads a part's file as the part itself does.
    static func read(_ name: String) throws -> ConfigurationReader {
        let reader = try ConfigurationFile.locate(service: name).reader()
        if name == "device" {
            _ = DeviceSettings(reader, cores: CurrentProcess.cores)
        } else {
            try ServiceCatalogue.entry(name).read(reader)
        }
        return reader
    }
}
