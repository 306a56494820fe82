import CommandLine
import POSIX

/// `baton manual`: the manual, made from the table of verbs.
enum ManualVerb {
    static let verb: Verb = Verb(
        "manual",
        "write the manual pages, or print the reference of all verbs",
        options: [
            Option(
                "man",
                placeholder: "FOLDER",
                completion: .files,
                "write a page for man for each verb there, instead"
            )
        ]
    ) { values in
        guard let folder = values.string("man") else {
            Terminal.write(MarkdownReference.text(of: BatonProgram.baton))
            return 0
        }
        try Files.makeFolder(folder)
        for page in ManualPages.pages(of: BatonProgram.baton, version: Version.text) {
            try Files.replace("\(folder)/\(page.name)", with: Array(page.text.utf8))
        }
        return 0
    }
}
