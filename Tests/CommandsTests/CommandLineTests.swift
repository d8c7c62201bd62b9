import Arguments
import Commands
import Testing

/// What is wrong with a command line alone: nothing is read and nothing is run.
struct CommandLineTests {
  private func execute(_ arguments: [String]) -> Termination {
    Program.execute(root: AdvLab.self, arguments: arguments, columns: 80)
  }

  @Test(arguments: [
    (["attack", "--fgsm"], "Missing expected argument '--eps <pixels,...>'"),
    (["attack", "--fgsm", "--eps", "-0.1"], "expected a number of at least 0"),
    (["attack", "--fgsm", "--eps", "-8/255"], "expected a number of at least 0"),
    (["attack", "--fgsm", "--eps", "nan"], "expected a number such as 0.1, 8/255 or 1e-2"),
    (["attack", "--fgsm", "--eps", "inf"], "expected a number such as 0.1, 8/255 or 1e-2"),
    (["attack", "--fgsm", "--eps", "1/0"], "expected a number such as 0.1, 8/255 or 1e-2"),
    (["attack", "--fgsm", "--eps", ""], "expected a number such as 0.1, 8/255 or 1e-2"),
    (["attack", "--fgsm", "--eps", "1/2/3"], "expected a number such as 0.1, 8/255 or 1e-2"),
    (["attack", "--fgsm", "--eps", "0.1", "--frobnicate"], "Unknown option '--frobnicate'"),
    (["attack", "--fgsm", "--eps", "0.1", "--stepz", "3"], "Did you mean '--steps'?"),
    (["attack", "--fgsm", "--eps", "0.1", "--count", "-3"], "--count: expected at least 1, found -3."),
    (["attack", "--fgsm", "--eps", "0.1", "--count", "0"], "--count: expected at least 1, found 0."),
    (["attack", "--fgsm", "--eps", "0.1", "--count", "99999999999999999999"], "is invalid for '--count <count>'"),
    (["attack", "--fgsm", "--eps", "0.1", "--offset", "-1"], "--offset: expected at least 0, found -1."),
    (["attack", "--fgsm", "--eps", "0.1", "--batch-size", "0"], "--batch-size: expected 1 to 1,000,000, found 0."),
    (["attack", "--fgsm", "--eps", "0.1", "--threads", "0"], "--threads: expected 1 to 4096, found 0."),
    (["attack", "--fgsm", "--eps", "0.1", "--targets", "-1"], "expected a label of at least 0"),
    (["attack", "--fgsm", "--eps", "0.1", "--targets", "cat"], "expected a label of at least 0"),
    (["attack", "--fgsm", "--eps", "0.1", "--pixel-range", "1:0"], "expected two rising numbers"),
    (["attack", "--fgsm", "--eps", "0.1", "--images-key", "x"], "--images-key and --labels-key go together"),
    (
      ["attack", "--fgsm", "--eps", "0.1", "--require-robust-accuracy", "2"], "expected a fraction from 0 to 1, found 2"
    ),
    (["attack", "--fgsm", "--eps", "0.1", "--require-robust-accuracy", "nan"], "expected a fraction from 0 to 1"),
    (["attack", "--fgsm", "--eps", "0.1", "--output", ""], "is invalid for '--output <file>'"),
    (["attack", "--fgsm", "--eps", "0.1", "--steps", "3"], "The attack 'fgsm' has no option '--steps'."),
    (["attack", "--pgd", "--eps", "0.1", "--draws", "3"], "The attack 'pgd' has no option '--draws'."),
    (["attack", "--pgd", "--eps", "0.1", "--steps", "0"], "--steps: expected 1 to 1,000,000, found 0."),
    (["attack", "--pgd", "--eps", "0.1", "--restarts", "-1"], "--restarts: expected 1 to 1,000,000, found -1."),
    (
      ["attack", "--fgsm", "--eps", "0.1", "--model", "m.h5", "--normalize", "0.5"],
      "expected mean=M,std=S with one number each"
    ),
    (["attack", "--fgsm", "--eps", "0.1", "--normalize", "cifar10"], "--classes and --normalize belong to --model."),
    (
      ["inspect", "--architectures", "--write-architecture", "a.json"], "--write-architecture needs a file of weights."
    ),
    (["attack", "--fgsm", "--pgd", "--eps", "0.1"], "had already been set with flag '--fgsm'"),
    (["attack", "--fgsm", "--attack", "pgd", "--eps", "0.1"], "Choose one attack"),
    (["attack", "--eps", "0.1"], "Choose one attack"),
    (["attack", "--attack", "fgms", "--eps", "0.1"], "no attack is called 'fgms'. Did you mean 'fgsm' or 'fmn'?"),
    (["train", "--architecture", "mlp"], "Missing expected argument '--output <file>'"),
    (["train", "--architecture", "mlp", "--epochs", "0", "--output", "m.h5"], "--epochs: expected 1 to 1,000,000"),
    (
      ["train", "--architecture", "mlp", "--epochs", "9223372036854775807", "--output", "m.h5"],
      "--epochs: expected 1 to 1,000,000"
    ),
    (["train", "--architecture", "mlp", "--lr", "nan", "--output", "m.h5"], "--lr: expected a positive number"),
    (["train", "--architecture", "mlp", "--momentum", "0.9", "--output", "m.h5"], "is an option of --optimizer sgd"),
    (["train", "--architecture", "mlp", "--schedule", "step", "--output", "m.h5"], "is invalid for '--schedule"),
    (["train", "--architecture", "mlp", "--validation", "1", "--output", "m.h5"], "--validation: expected a fraction"),
    (["inspect"], "Give one of: a file, --architectures, --architecture <name>."),
    (["inspect", "x.h5", "--classes", "3"], "--input-shape and --classes are options of --architecture."),
    (["inspect", "--architecture", "lenet"], "Did you mean 'lenet5'"),
    (["inspect", "--architecture", "digits-cnn", "--input-shape", "1x1x1"], "Architecture 'digits-cnn' does not fit"),
    (["inspect", "--architecture", "mlp", "--input-shape", "0x8"], "expected extents such as 3x32x32"),
    (["gradcheck", "--architecture", "mlp:hidden=65536-65536"], "Architecture 'mlp:hidden=65536-65536' does not fit"),
    (["gradcheck", "--model", "x.h5", "--architecture", "mlp"], "Choose one: --model or --architecture."),
    (["data", "generate", "stripes", "--output", "x.h5"], "Please provide 'patterns'"),
    (["data", "generate", "patterns", "--train", "0", "--output", "x.h5"], "--train: expected 1 to 1,000,000"),
    (
      ["data", "generate", "patterns", "--noise", "nan", "--output", "x.h5"], "--noise: expected at least 0, found nan."
    ),
    (["verify"], "Missing expected argument '<file>'"),
    (["bench", "pgd-tinycn"], "Please provide one of the following:\n  - pgd-tinycnn\n"),
    (["bench", "--repeat", "0"], "--repeat: expected 1 to 10,000, found 0."),
    (["bench", "--batch-size", "0"], "--batch-size: expected 1 to 100,000, found 0."),
    (["bench", "--steps", "-1"], "--steps: expected 1 to 100,000, found -1."),
    (["bench", "--save", ""], "--save: expected a directory, found nothing."),
    (["atack"], "Unknown subcommand 'atack'. Did you mean 'attack'?"),
  ])
  func isRefused(arguments: [String], message: String) {
    let ending = execute(arguments)
    #expect(ending.exitCode == 64)
    #expect(ending.errorOutput.contains(message), "\(ending.errorOutput)")
    #expect(ending.errorOutput.hasPrefix("Error: "))
    #expect(ending.output.isEmpty)
  }

  /// Numbers that would leave the integers where they are added or multiplied.
  @Test(
    arguments: [
      ["attack", "--pgd", "--eps", "0.1", "--batch-size"], ["attack", "--pgd", "--eps", "0.1", "--steps"],
      ["attack", "--pgd", "--eps", "0.1", "--restarts"], ["attack", "--attack", "noise", "--eps", "0.1", "--draws"],
      ["attack", "--pgd", "--eps", "0.1", "--threads"], ["evaluate", "--eps", "0.1", "--batch-size"],
      ["evaluate", "--eps", "0.1", "--preprocess", "noise", "--draws"],
      ["evaluate", "--eps", "0.1", "--preprocess", "noise", "--samples"], ["gradcheck", "--scalars"],
      ["gradcheck", "--architecture", "mlp", "--classes"],
      ["train", "--architecture", "mlp", "--output", "m.h5", "--batch-size"],
      ["train", "--architecture", "mlp", "--output", "m.h5", "--epochs"],
      ["train", "--architecture", "mlp", "--output", "m.h5", "--swa-start"],
      ["train", "--defence", "pgd", "--output", "m.h5", "--steps"],
      ["train", "--defence", "free", "--output", "m.h5", "--replays"],
      ["train", "--defence", "pgd", "--output", "m.h5", "--validation-attack-steps"],
      ["train", "--defence", "pgd", "--output", "m.h5", "--validation-attack-count"],
      ["data", "generate", "patterns", "--output", "x.h5", "--train"], ["bench", "--batch-size"],
      ["bench", "--repeat"],
    ])
  func numbersBeyondAllUseAreRefused(arguments: [String]) {
    let ending = execute(arguments + ["9223372036854775807"])
    #expect(ending.exitCode == 64, "\(ending.errorOutput)")
    #expect(ending.errorOutput.contains("found 9223372036854775807"), "\(ending.errorOutput)")
  }

  @Test func everyOptionIsExplained() throws {
    let dump = try JSONValue.parse(execute(["--experimental-dump-help"]).output)
    var options = 0
    try forEachCommand(dump["command"]) { command in
      #expect(command["abstract"]?.string?.isEmpty == false, "\(command)")
      for argument in command["arguments"]?.elements ?? [] {
        options += 1
        #expect(argument["abstract"]?.string?.isEmpty == false, "\(argument)")
      }
    }
    // So that a change of the dump's form does not make the test empty.
    #expect(options > 80)
  }

  @Test func examplesFitATerminalAndAreValid() throws {
    let dump = try JSONValue.parse(execute(["--experimental-dump-help"]).output)
    var examples = 0
    try forEachCommand(dump["command"]) { command in
      for line in (command["discussion"]?.string ?? "").split(separator: "\n") where line.hasPrefix("  advlab ") {
        examples += 1
        #expect(line.count <= 80, "\(line)")
        let words = line.split(separator: " ").dropFirst().map(String.init)
        #expect(throws: Never.self, "\(line)") { _ = try Parser(root: AdvLab.self).parse(words) }
      }
    }
    #expect(examples >= 20)
  }

  private func forEachCommand(_ command: JSONValue?, _ body: (JSONValue) throws -> Void) throws {
    let command = try #require(command)
    try body(command)
    for subcommand in command["subcommands"]?.elements ?? [] { try forEachCommand(subcommand, body) }
  }

  @Test func theHelpOfAttack() {
    let ending = execute(["attack", "--help"])
    #expect(ending.exitCode == 0)
    #expect(ending.output == attackHelp)
  }

  @Test(arguments: [
    [], ["attack"], ["evaluate"], ["certify"], ["train"], ["predict"], ["gradient"], ["verify"], ["inspect"],
    ["gradcheck"],
    ["bench"], ["data"],
    ["data", "generate"],
  ])
  func everyCommandHasHelp(path: [String]) {
    let ending = execute(path + ["--help"])
    #expect(ending.exitCode == 0)
    #expect(ending.output.hasPrefix("OVERVIEW: "))
    #expect(ending.output.contains("USAGE: advlab"))
    #expect(ending.errorOutput.isEmpty)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScriptsKnowTheCommands(shell: String) {
    let ending = execute(["--generate-completion-script", shell])
    #expect(ending.exitCode == 0)
    for word in [
      "attack", "train", "gradcheck", "require-robust-accuracy", "mnist-madry", "linf", "certify", "alpha-crown",
      "require-certified-accuracy", "vnnlib",
    ] {
      #expect(ending.output.contains(word), "\(word)")
    }
  }
}

private let attackHelp = """
  OVERVIEW: Attack a model and report how many of its right answers survive.

  Every example is judged by one independent pass of the model; a candidate that
  leaves the ball or the pixel range is reported as invalid, never clipped.

  EXAMPLES:
    advlab attack --fgsm --eps 0.1
    advlab attack --pgd --eps 0.5 --norm l2 --restarts 10
    advlab attack --pgd --eps 0.1 --targets least-likely --output adv.h5
    advlab attack --attack noise --eps 8/255 --draws 1000 --json
    advlab attack --pgd --eps 0.05,0.1 --preprocess jpeg:quality=75
    advlab attack --attack mi-fgsm --eps 0.1 --surrogate other.h5

  Every attack has options of its own, such as --steps of pgd: 'advlab help attack
  pgd' shows them, and 'advlab attack --list' all attacks. 'advlab help attack
  jpeg' tells about a preprocessor.

  USAGE: advlab attack <options>

  ATTACK:
    --fgsm                  The fast gradient method: one step.
    --pgd                   Projected gradient descent from a random start.
    --attack <name>         The attack by name; 'advlab attack --list' shows all.
    --eps <pixels,...>      The radius, in stored pixel units: 0.1, 8/255, 1e-2;
                            or several, joined by commas. An attack that looks for
                            the nearest example needs none.
    --norm <norm>           The norm of the ball. (values: linf, l2, l1, l0;
                            default: linf)
    --loss <loss>           What the attack increases (default: that of the
                            method). (values: cross-entropy, margin, dlr,
                            probability-margin)
    --steps <steps>         The number of steps (default: that of the method).
    --targets <class>       Aim at a class: a label, least-likely, random or next.
    --quantize <bits>       Say how many adversarial images still are when their
                            pixels are rounded to so many bits, as in an image
                            file.

  DEFENCE:
    --preprocess <name:options>
                            A preprocessor in front of the model: bit-depth,
                            median, mean, gaussian, jpeg, tv, thermometer,
                            resize-pad, noise, pca; options as in jpeg:quality=75.
                            Several are applied in the order given.
    --samples <samples>     Random draws over which the adaptive attack averages
                            its gradient (default: 16).
    --judge-draws <judge-draws>
                            Random draws by which a randomised defence is judged
                            (default: 20).

  MODEL:
    --model <model>         The model's file: of the lab, Keras, ONNX, or weights
                            alone (default: the network trained on the UCI
                            digits).
    --engine <engine>       What runs the network: onednn, or reference, the
                            oracle that checks it, in double precision and slow.
                            (values: onednn, reference; default: onednn)
    --architecture <name|file>
                            For weights alone: a built-in architecture, auto for
                            the only one whose names and shapes fit, Keras'
                            model.to_json(), or the lab's own JSON.
    --map <file>            For weights alone: a file that says which tensor is
                            which.
    --input-shape <CxHxW>   The images a built-in architecture is made for
                            (default: the data's; without data 1x28x28).
    --classes <classes>     The classes a built-in architecture is made for
                            (default: those of data and weights).
    --normalize <mean=M,std=S>
                            What images are normalised by before the network sees
                            them:
                            mean=0.4914,0.4822,0.4465,std=0.2471,0.2435,0.2616,
                            one number each, or cifar10, imagenet.

  DATA:
    --data <data>           An HDF5 or NumPy file, or a directory with MNIST's or
                            CIFAR's files or with a folder of PNG or JPEG images
                            for each class (default: the UCI digits).
    --split <split>         The split to use (default: test, or the only one there
                            is; to train on: train).
    --count <count>         Use at most this many examples.
    --offset <offset>       Skip this many examples first. (default: 0)
    --images-key <path>     The path of the images in the HDF5 file, instead of
                            detecting it.
    --labels-key <path>     The path of the labels in the HDF5 file, instead of
                            detecting it.
    --labels-file <file>    The file of the labels, where the data has none: HDF5,
                            NumPy, or a text with a whole number on each line.
    --layout <layout>       The order of axes of the images, instead of detecting
                            it. (values: NCHW, NHWC, NHW, NCWH, NWHC, NWH, ND)
    --pixel-range <low:high>
                            The range of valid pixels as they are stored, such as
                            0:255 or -1:1, or one for each channel with commas
                            between; bytes are then not divided by 255.
    --label-ten-is-zero     Take label 10 for the digit 0, as the SVHN dataset
                            means it.
    --data-directory <path> Where the data that ships with advlab lies.

  GRADIENTS:
    --precision <precision> Arithmetic of the attacks' gradients: bf16 is faster
                            where the processor has it. Every example is judged in
                            float32 either way. (values: float32, bf16; default:
                            float32)

  PICTURES:
    --show <number>         Show so many examples in the terminal, broken ones
                            first.
    --save-images <directory>
                            Write image, attacked image and amplified change of
                            every attacked example as PNG into this directory, in
                            folders by class, and a sheet of some. Pixels of 8
                            bits may undo an attack (see --quantize).

  RUN:
    --seed <seed>           The seed of everything random. (default: 0)
    --report <file>         Also write the report to this file: a web page (.html)
                            or Markdown (.md) with everything, the tables alone
                            (.csv, .tex) or the plots (.svg). A report of the lab
                            that is there is replaced.
    --threads <threads>     Threads (default: one per core). Results do not depend
                            on it.
    --json                  Print one JSON object, and nothing else, on standard
                            output.
    --quiet                 Show no progress.
    --force                 Replace a file at the place of the output even where
                            it is not one of the lab of the same kind.

  READING:
    --isolate/--no-isolate  Read named files in a process of its own, with limits
                            of memory and time: a damaged file can crash the HDF5
                            library. (default: --isolate)

  OPTIONS:
    --list                  List the attacks.
    --surrogate <file,...>  Models on which the attack works in place of --model,
                            which judges what is found; of several, joined by
                            commas, the mean of the logits. Every step is made,
                            and passes are those of these models.
    --batch-size <batch-size>
                            Examples attacked together. Results do not depend on
                            it. (default: 128)
    --query-budget <number> Queries of the model that the attack may make for each
                            example; what it finds with more is not taken.
    --output <file>         Where to write the adversarial examples: HDF5, or
                            NumPy's archive where the name ends in .npz.
    --require-robust-accuracy <fraction>
                            Exit with 2 where the robust accuracy is below this
                            fraction.
    --version               Show the version.
    -h, --help              Show help information.

  """
