internal import Certification
internal import Defences
internal import Training

extension PresetCatalog {
  /// What `train --defence` knows: training against attacks, and training for certification.
  static let all = PresetCatalog(Preset.all + Preset.certified)
}
