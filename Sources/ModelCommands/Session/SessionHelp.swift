/// What `/?` shows.
enum SessionHelp {
    /// What `/show` can show.
    static let shown = ["info", "license", "modelfile", "parameters", "system", "template"]

    /// The help about a command, or about all of them.
    static func text(_ topic: String?) -> String {
        switch topic {
        case "set", "/set": list("Settings", settings)
        case "show", "/show": list("Parts of the model", parts)
        case "shortcut", "shortcuts": list("Keys", keys)
        default: list("Commands", commands) + "\n" + mark + "\n"
        }
    }

    private static let mark = "Begin and end a message of several lines with \"\"\"."

    private static let commands = [
        ("/set", "change how the model is asked, and how answers are shown"),
        ("/show", "show what the model is"),
        ("/load <model>", "go over to another model"),
        ("/save <model>", "make a model of this one with your settings and messages"),
        ("/list", "list the models"),
        ("/clear", "forget what was said"),
        ("/bye", "end; also /exit and Ctrl-D"),
        ("/? [set|show|shortcuts]", "this help, or that of a command; also /help"),
    ]

    private static let settings = [
        ("/set parameter <name> <value>", "a parameter, such as temperature 0.5"),
        ("/set system <text>", "what the model is told first"),
        ("/set history, nohistory", "keep the lines that you type, or not"),
        ("/set wordwrap, nowordwrap", "break lines between words, or not"),
        ("/set format json, noformat", "answers are JSON, or anything"),
        ("/set verbose, quiet", "show figures after each answer, or not"),
        ("/set think [level], nothink", "think first, or not: low, medium, high, max"),
    ]

    private static let parts = [
        ("/show info", "what it is"),
        ("/show license", "its licence"),
        ("/show modelfile", "the file that would make it"),
        ("/show parameters", "its parameters and yours"),
        ("/show system", "what it is told first"),
        ("/show template", "how a conversation is put to it"),
    ]

    private static let keys = [
        ("Ctrl-A, Ctrl-E", "to the start, to the end of the line"),
        ("Ctrl-B, Ctrl-F", "a character back, a character on"),
        ("Alt-B, Alt-F", "a word back, a word on"),
        ("Ctrl-K, Ctrl-U", "remove what follows, what comes before the cursor"),
        ("Ctrl-W", "remove the word before the cursor"),
        ("Up, Down, Ctrl-R", "earlier lines, later lines, look for an earlier one"),
        ("Ctrl-G", "edit what you type in your editor: OLLAMA_EDITOR, VISUAL or EDITOR"),
        ("Ctrl-L", "clear the screen"),
        ("Ctrl-C", "stop the answer, drop the line"),
        ("Ctrl-Z", "stop the program; fg goes on"),
        ("Ctrl-D", "end"),
    ]

    private static func list(_ title: String, _ rows: [(String, String)]) -> String {
        let width = (rows.map { $0.0.count }.max() ?? 0) + 2
        return "\(title):\n"
            + rows.map { name, about in
                "  \(name)\(String(repeating: " ", count: width - name.count))\(about)\n"
            }.joined()
    }
}
