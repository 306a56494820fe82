import DeviceProtocol
import Testing

@testable import EngineKit

@Suite struct WorkBoardTests {
    private typealias Board = WorkBoard<Int>

    private func item(_ request: Int, _ token: String = "t", channel: Int = 1) -> Board.Item {
        Board.Item(request: request, key: .init(channel: channel, token: token), payload: request)
    }

    /// A board with the token "t" admitted on channel 1.
    private func board() -> Board {
        var board = Board(channelLimit: 2)
        board.admit(.init(channel: 1, token: "t"), as: .interactive)
        return board
    }

    @Test func onePieceRunsAtATime() {
        var board = board()
        #expect(board.submit(item(1)) == nil)
        #expect(board.submit(item(2)) == nil)
        #expect(board.next(at: 0)?.request == 1)
        #expect(board.next(at: 0) == nil)
        let ended = board.finish(at: 40)
        #expect(ended.held == 40)
        #expect(ended.reason == nil)
        #expect(board.next(at: 50)?.request == 2)
        #expect(board.isBusy)
        _ = board.finish(at: 60)
        #expect(!board.isBusy)
    }

    @Test func refusesStrangersRevokedTokensAndTooMuch() {
        var board = board()
        #expect(board.submit(item(1, "other")) == .notAdmitted)
        #expect(board.submit(item(1, channel: 2)) == .notAdmitted)
        #expect(board.submit(item(1)) == nil)
        #expect(board.submit(item(2)) == nil)
        #expect(board.submit(item(3)) == .queueFull)
        _ = board.revoke(.init(channel: 1, token: "t"))
        #expect(board.submit(item(4)) == .revoked)
    }

    @Test func revokingRefusesWhatWaitsAndWaitsForWhatRuns() {
        var board = board()
        _ = board.submit(item(1))
        _ = board.next(at: 100)
        _ = board.submit(item(2))
        let calledOff = board.revoke(.init(channel: 1, token: "t"))
        #expect(calledOff.refused.map(\.request) == [2])
        #expect(calledOff.running?.request == 1)
        #expect(calledOff.idle == nil)
        let ended = board.finish(at: 130)
        #expect(ended.reason == .revoked)
        #expect(ended.idle == Board.Idle(token: "t", held: 30))
    }

    @Test func revokingWithOnlyWaitingWorkMakesIdleAtOnce() {
        var board = board()
        board.admit(.init(channel: 1, token: "u"), as: .realtime)
        _ = board.submit(item(1))
        _ = board.next(at: 0)
        _ = board.submit(item(2, "u"))
        let calledOff = board.revoke(.init(channel: 1, token: "u"))
        #expect(calledOff.refused.map(\.request) == [2])
        #expect(calledOff.running == nil)
        #expect(calledOff.idle == Board.Idle(token: "u", held: 0))
    }

    @Test func cancellingMeansOneRequestOfOneChannel() {
        var board = board()
        board.admit(.init(channel: 2, token: "t"), as: .interactive)
        _ = board.submit(item(1))
        _ = board.submit(item(1, channel: 2))
        let calledOff = board.cancel(request: 1, of: 2)
        #expect(calledOff.refused.map(\.key.channel) == [2])
        #expect(calledOff.running == nil)
        #expect(board.cancel(request: 9, of: 1).refused.isEmpty)
        _ = board.next(at: 0)
        #expect(board.cancel(request: 1, of: 1).running?.request == 1)
        #expect(board.finish(at: 1).reason == .cancelled)
    }

    @Test func theFirstReasonStands() {
        var board = board()
        _ = board.submit(item(1))
        _ = board.next(at: 0)
        _ = board.cancel(request: 1, of: 1)
        _ = board.revoke(.init(channel: 1, token: "t"))
        #expect(board.finish(at: 1).reason == .cancelled)
    }

    @Test func aClosedChannelLosesItsWorkAndKeepsItsHeldTime() {
        var board = board()
        _ = board.submit(item(1))
        _ = board.next(at: 0)
        _ = board.submit(item(2))
        let calledOff = board.close(channel: 1)
        #expect(calledOff.refused.map(\.request) == [2])
        #expect(calledOff.running?.request == 1)
        #expect(board.finish(at: 70).idle == nil)
        let revoked = board.revoke(.init(channel: 1, token: "t"))
        #expect(revoked.idle == Board.Idle(token: "t", held: 70))
    }

    @Test func reportsProgressOnceAStepWithTheTokensTotal() {
        var board = board()
        let step = Board.progressStep
        _ = board.submit(item(1))
        _ = board.next(at: 0)
        _ = board.finish(at: 5)
        _ = board.submit(item(2))
        _ = board.next(at: 10)
        #expect(board.progress(at: 9 + step) == nil)
        #expect(
            board.progress(at: 12 + step)
                == Board.Progress(token: "t", held: step + 7, call: step + 2)
        )
        #expect(board.progress(at: 13 + step) == nil)
        #expect(
            board.progress(at: 10 + 2 * step)
                == Board.Progress(token: "t", held: 2 * step + 5, call: 2 * step)
        )
        _ = board.finish(at: 3 * step)
        #expect(board.progress(at: 9 * step) == nil)
    }
}
