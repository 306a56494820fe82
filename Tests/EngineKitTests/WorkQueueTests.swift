import DeviceProtocol
import Testing

@testable import EngineKit

@Suite struct WorkQueueTests {
    @Test func higherClassesGoFirstAndEqualsInOrder() {
        var queue = WorkQueue<String>(channelLimit: 9)
        queue.append("b1", as: .background, of: 1)
        queue.append("i1", as: .interactive, of: 1)
        queue.append("r1", as: .realtime, of: 2)
        queue.append("b2", as: .background, of: 2)
        queue.append("i2", as: .interactive, of: 1)
        queue.append("r2", as: .realtime, of: 1)
        var order: [String] = []
        while let item = queue.popFirst() { order.append(item) }
        #expect(order == ["r1", "r2", "i1", "i2", "b1", "b2"])
        #expect(queue.isEmpty)
    }

    @Test func eachChannelHasItsOwnRoom() {
        var queue = WorkQueue<Int>(channelLimit: 2)
        queue.append(1, as: .background, of: 1)
        queue.append(2, as: .realtime, of: 1)
        #expect(!queue.hasRoom(for: 1))
        #expect(queue.hasRoom(for: 2))
        #expect(queue.popFirst() == 2)
        #expect(queue.hasRoom(for: 1))
    }

    @Test func removingGivesBackRoomAndTellsWhatWent() {
        var queue = WorkQueue<Int>(channelLimit: 3)
        for number in 1...3 { queue.append(number, as: .background, of: 1) }
        queue.append(4, as: .realtime, of: 2)
        #expect(queue.remove { $0 != 2 } == [4, 1, 3])
        #expect(queue.count(of: .background) == 1)
        #expect(queue.hasRoom(for: 1))
        #expect(queue.popFirst() == 2)
        #expect(queue.popFirst() == nil)
        #expect(queue.isEmpty)
    }
}
