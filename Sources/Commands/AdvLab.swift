package import Arguments
internal import Exchange

/// The program `advlab`.
package struct AdvLab: Command {
  package static let configuration = CommandConfiguration(
    commandName: "advlab",
    abstract: "An adversarial-robustness lab: train, attack, defend and verify image classifiers.",
    discussion: """
      Without --model and --data a command works on what ships with the lab: the UCI digits and a network trained on \
      them.

      EXAMPLES:
        advlab attack --fgsm --eps 0.1
        advlab attack --pgd --eps 8/255 --restarts 5 --output adv.h5
        advlab evaluate --eps 0.05,0.1,0.2
        advlab certify --eps 0.05
        advlab verify adv.h5
        advlab train --architecture mnist-small --data mnist/ --output mnist.h5

      EXIT CODES: 0 done; 1 failed while running; 2 ran, but a stated requirement did not hold; 64 usage; 65 a file's \
      content is wrong; 66 a file is missing or unreadable; 73 cannot write; 130 interrupted.
      """,
    version: Provenance.programVersion, versionDetails: { VersionDetails.all },
    subcommands: [
      AttackCommand.self, EvaluateCommand.self, CertifyCommand.self, TransferCommand.self, UniversalCommand.self,
      CorruptionsCommand.self,
      TrainCommand.self, PredictCommand.self, GradientCommand.self, VerifyCommand.self, ReplayCommand.self,
      InspectCommand.self, TraceCommand.self, ConvertCommand.self, GradcheckCommand.self, BenchCommand.self,
      DataCommand.self,
      CompareCommand.self, NotebookCommand.self,
      ReadUntrustedCommand.self,
    ], optionHints: OptionHints.all)

  package init() {}
}
