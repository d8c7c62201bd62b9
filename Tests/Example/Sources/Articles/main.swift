import AdvLab

// The code of the articles in Sources/AdvLab/AdvLab.docc, apart from what `RobustDigits` shows.
let directory = CommandLine.arguments.dropFirst().first ?? "Data"
let test = try Dataset.read(from: "\(directory)/digits.h5")
let model = try Model(contentsOf: "\(directory)/digits-cnn.h5", for: test)
let training = try Dataset.read(from: "\(directory)/digits.h5", DatasetSelection(split: "train"))
var preset = try Preset.named("fast", for: training.imageShape)
try preset.defence.set("eps", to: "0.1")

// An attack of your own.
let half = try model.attack(Halfway(), on: test, eps: 0.1)
print("half a step:", half.evaluation.robustAccuracy.fraction ?? 0)

// A network of your own.
var network = try Network(inputShape: test.imageShape)
let filters = Convolution(outputChannels: 16, kernel: Extent(3), padding: Edges(1))
let first = try network.append(.convolution(filters), named: "conv1")
try network.append(.activation(.relu), named: "relu1")
let second = try network.append(.convolution(filters), named: "conv2")
try network.append(.add, named: "sum", to: [first, second])
try network.append(.flatten(.channelsFirst), named: "flatten")
try network.append(.dense(Dense(outputs: test.classCount)), named: "logits")
let own = try Model(network, name: "residual")
try own.train(on: training, with: preset, epochs: 2)
let survivors = try own.attack(ProjectedGradient(steps: 20), on: test, eps: 0.1)
print("a network of your own:", survivors.evaluation.robustAccuracy.fraction ?? 0)
