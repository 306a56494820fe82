internal import LanguagePipeline
internal import ModelStore

extension LanguageModel {
    /// A conversation with what the model itself puts in front of it.
    func history(_ turns: [ChatRequest.Message]) -> [ChatRequest.Message] {
        var messages = self.messages.map { ChatRequest.Message($0) } + turns
        if messages.first?.message.role != "system", let system = contents.system, !system.isEmpty {
            messages.insert(.init(ChatMessage(role: "system", content: system)), at: 0)
        }
        return messages
    }
}
