import FoundationEssentials
import Testing
import Training

@Suite struct ScheduleTests {
  private func factors(_ schedule: Schedule) -> [Double] {
    (0..<8).map { schedule.factor(atEpoch: Double($0), of: 8) }
  }

  @Test func matchPyTorchAtTheStartOfEveryEpoch() {
    #expect(factors(.constant) == Array(repeating: 1, count: 8))
    // torch.optim.lr_scheduler.MultiStepLR(milestones=[3, 6], gamma=0.1), CosineAnnealingLR(8, eta_min=0.01) from rate 1.
    let step = [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01]
    let cosine = [
      1, 0.9623203685930869, 0.855017856687341, 0.6944282990207195, 0.505, 0.3155717009792805, 0.15498214331265897,
      0.04767963140691306,
    ]
    // PyTorch multiplies from epoch to epoch: a few ulps.
    for (found, expected) in zip(factors(.step(milestones: [3, 6], factor: 0.1)), step) {
      #expect(abs(found - expected) < 1e-15)
    }
    for (found, expected) in zip(factors(.cosine(minimum: 0.01)), cosine) { #expect(abs(found - expected) < 1e-14) }
  }

  @Test func cosineEndsAtItsMinimumAndStays() {
    #expect(Schedule.cosine(minimum: 0.25).factor(atEpoch: 8, of: 8) == 0.25)
    #expect(Schedule.cosine(minimum: 0.25).factor(atEpoch: 9, of: 8) == 0.25)
    #expect(Schedule.cosine(minimum: 0).factor(atEpoch: 0.5, of: 8) < 1)
  }

  @Test func stepsFallAtTheMilestoneAndNotBefore() {
    let schedule = Schedule.step(milestones: [3], factor: 0.5)
    #expect(schedule.factor(atEpoch: 2.99, of: 8) == 1 && schedule.factor(atEpoch: 3, of: 8) == 0.5)
  }

  @Test func readsWhatItWrites() throws {
    for schedule in [Schedule.constant, .step(milestones: [30, 60], factor: 0.25), .cosine(minimum: 0.01)] {
      #expect(Schedule(schedule.description) == schedule)
      #expect(try JSONDecoder().decode([Schedule].self, from: JSONEncoder().encode([schedule])) == [schedule])
    }
    #expect(Schedule("step:milestones=5") == .step(milestones: [5], factor: 0.1))
    #expect(Schedule("cosine") == .cosine(minimum: 0))
  }

  @Test(arguments: [
    "", "linear", "constant:x=1", "step", "step:milestones=", "step:milestones=3-", "step:milestones=3,factor=2",
    "step:milestones=3,milestones=4", "cosine:minimum=nan", "cosine:minimum", "cosine:",
  ])
  func refusesOthers(text: String) {
    #expect(Schedule(text) == nil)
  }
}
