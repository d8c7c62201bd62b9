internal import Arguments
internal import Attacks
internal import Defences
internal import Networks

/// What one attack came to.
struct AttackResult {
  let attack: any Attack
  /// The attack on the bare model, judged on the bare model; nil where that takes other images.
  let bare: Evaluation?
  /// What the attack on the bare model found, judged with the defence in front.
  let oblivious: Judgement?
  /// The attack on model and defence together, as it went, and what it found as the judge sees it.
  let adaptive: (evaluation: Evaluation, judgement: Judgement)?

  /// What is held against the model.
  var judgements: [Judgement] {
    guard let adaptive else { return bare.map { [Judgement($0)] } ?? [] }
    return [oblivious, adaptive.judgement].compactMap { $0 }
  }

  /// The evaluations behind it.
  var evaluations: [Evaluation] { [bare, adaptive?.evaluation].compactMap { $0 } }

  /// The gradients of all of them.
  var gradients: (zero: Int, all: Int) {
    evaluations.reduce((0, 0)) { ($0.0 + $1.zeroGradients, $0.1 + $1.backwards) }
  }
}

/// What the attacks came to at one radius, as far as they got.
struct RadiusResult {
  let epsilon: PixelLength
  let threat: ThreatModel
  /// Without any attack: the bare model, and what is evaluated, which is the same without a defence.
  let clean: (bare: Judgement?, defended: Judgement)
  /// The attacks that were finished.
  var attacks: [AttackResult] = []
  /// How many were to be run.
  let requested: Int

  /// Whether every attack was finished.
  var isComplete: Bool { attacks.count == requested }

  /// Every example under what does it most harm.
  var worst: Judgement { Judgement(worstOf: [clean.defended] + attacks.flatMap(\.judgements)) }
}
