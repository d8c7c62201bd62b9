internal import Arguments
internal import Networks

/// What `bench` can measure, by the names on the command line.
enum Benchmark: String, CaseIterable, ArgumentValue, Codable {
  case attackTinyCNN = "pgd-tinycnn"
  case attackMNISTSmall = "pgd-mnist-small"
  case attackMNISTMadry = "pgd-mnist-madry"
  case attackResNet18 = "pgd-resnet18-cifar"
  case attackWideResNet = "pgd-wrn-28-10"
  case trainMNISTSmall = "fast-mnist-small"
  case trainMNISTMadry = "fast-mnist-madry"
  case trainResNet18 = "fast-resnet18-cifar"
  case tradesMNISTSmall = "trades-mnist-small"
  case evaluateMNISTSmall = "autoattack-mnist-small"
  case certifyMNISTSmall = "certify-mnist-small"
  case predictMNISTMadry = "predict-mnist-madry"
  case predictResNet18 = "predict-resnet18-cifar"
  case growExamples = "grow-examples"
  case growSteps = "grow-steps"
  case growWidth = "grow-width"
  case growDepth = "grow-depth"
  case startUp = "start-up"

  /// The network and the steps that are timed, for a series the smallest; nil for the start of the program itself.
  var workload: Workload? {
    switch self {
    case .attackTinyCNN: Workload("tinycnn", [1, 8, 8], .attackGrey, batchSize: 256, steps: 40)
    case .attackMNISTSmall: Workload("mnist-small", .attackGrey, batchSize: 250, steps: 40)
    case .attackMNISTMadry: Workload("mnist-madry", .attackGrey, batchSize: 128, steps: 40)
    case .attackResNet18: Workload("resnet18-cifar", .cifar, .attackColour, batchSize: 32, steps: 10)
    case .attackWideResNet: Workload("wide-resnet-28-10", .cifar, .attackColour, batchSize: 16, steps: 2)
    case .trainMNISTSmall: Workload("mnist-small", .training(.fast), batchSize: 100, steps: 40)
    case .trainMNISTMadry: Workload("mnist-madry", .training(.fast), batchSize: 128, steps: 10)
    case .trainResNet18: Workload("resnet18-cifar", .cifar, .training(.fast), batchSize: 128, steps: 2)
    case .tradesMNISTSmall: Workload("mnist-small", .training(.trades), batchSize: 128, steps: 2)
    case .evaluateMNISTSmall: Workload("mnist-small", .evaluation(radius: 0.3), batchSize: 200, steps: 1)
    case .certifyMNISTSmall: Workload("mnist-small", .certification(radius: 0.1), batchSize: 100, steps: 1)
    case .predictMNISTMadry: Workload("mnist-madry", .inference, batchSize: 128, steps: 20)
    case .predictResNet18: Workload("resnet18-cifar", .cifar, .inference, batchSize: 32, steps: 5)
    case .growExamples: Workload("mnist-small", .attackGrey, batchSize: 128, steps: 20)
    case .growSteps: Workload("mnist-small", .attackGrey, batchSize: 256, steps: 10)
    case .growWidth: Workload("resnet20-cifar", .cifar, .attackColour, batchSize: 32, steps: 2)
    case .growDepth: Workload("wide-resnet-28-10", .cifar, .attackColour, batchSize: 32, steps: 2)
    case .startUp: nil
    }
  }

  /// What is doubled in a series of workloads; nil for a single one.
  var growth: Growth? {
    switch self {
    case .growExamples: .examples
    case .growSteps: .steps
    case .growWidth: .width
    case .growDepth: .depth
    default: nil
    }
  }
}

extension Shape {
  fileprivate static let cifar: Shape = [3, 32, 32]
}

extension Workload {
  /// On images of MNIST's size.
  fileprivate init(_ architecture: String, _ activity: Activity, batchSize: Int, steps: Int) {
    self.init(architecture, [1, 28, 28], activity, batchSize: batchSize, steps: steps)
  }
}
