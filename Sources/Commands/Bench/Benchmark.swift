internal import Arguments
internal import Networks

/// What `bench` can measure, by the names on the command line.
enum Benchmark: String, CaseIterable, ArgumentValue, Codable {
  case attackTinyCNN = "pgd-tinycnn"
  case attackMNISTSmall = "pgd-mnist-small"
  case attackMNISTMadry = "pgd-mnist-madry"
  case attackResNet18 = "pgd-resnet18-cifar"
  case trainMNISTSmall = "fast-mnist-small"
  case trainMNISTMadry = "fast-mnist-madry"
  case predictMNISTMadry = "predict-mnist-madry"
  case predictResNet18 = "predict-resnet18-cifar"
  case startUp = "start-up"

  /// The network and the steps that are timed; nil for the start of the program itself.
  var workload: Workload? {
    switch self {
    case .attackTinyCNN: Workload("tinycnn", [1, 8, 8], .attackGrey, batchSize: 256, steps: 40)
    case .attackMNISTSmall: Workload("mnist-small", [1, 28, 28], .attackGrey, batchSize: 250, steps: 40)
    case .attackMNISTMadry: Workload("mnist-madry", [1, 28, 28], .attackGrey, batchSize: 128, steps: 40)
    case .attackResNet18: Workload("resnet18-cifar", [3, 32, 32], .attackColour, batchSize: 32, steps: 10)
    case .trainMNISTSmall: Workload("mnist-small", [1, 28, 28], .training, batchSize: 100, steps: 40)
    case .trainMNISTMadry: Workload("mnist-madry", [1, 28, 28], .training, batchSize: 128, steps: 10)
    case .predictMNISTMadry: Workload("mnist-madry", [1, 28, 28], .inference, batchSize: 128, steps: 20)
    case .predictResNet18: Workload("resnet18-cifar", [3, 32, 32], .inference, batchSize: 32, steps: 5)
    case .startUp: nil
    }
  }
}
