import Testing
import Wording

@Suite struct NearestNamesTests {
  private static let known = [
    "mlp", "mnist-small", "mnist-madry", "lenet5", "lenet300", "resnet18", "resnet34", "vgg16",
  ]

  @Test(arguments: [
    ("mnist-smal", ["mnist-small"]), ("lenet", ["lenet5", "lenet300"]), ("LeNet5", ["lenet5"]),
    ("resnet", ["resnet18", "resnet34"]), ("transformer", []), ("", []),
    ("mnist", ["mnist-small", "mnist-madry"]),
  ])
  func atMostThree(name: String, expected: [String]) {
    let names = NearestNames(to: name, among: Self.known).names
    #expect(names.count <= 3)
    #expect(names.prefix(expected.count) == expected[...], "\(names)")
    #expect(names.isEmpty == expected.isEmpty, "\(names)")
  }

  @Test func advice() {
    #expect(NearestNames.advice(for: "fgms", among: ["fgsm", "pgd"]) == "Did you mean 'fgsm'? There are fgsm, pgd.")
    let many = (0..<30).map { "network\($0)" }
    #expect(NearestNames.advice(for: "netwrk7", among: many).hasPrefix("Did you mean 'network7'"))
    #expect(!NearestNames.advice(for: "netwrk7", among: many).contains("There are"))
    #expect(NearestNames.advice(for: "vgg", among: many).isEmpty)
  }
}
