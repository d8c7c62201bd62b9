import Attacks
import Networks

/// Every attack of the catalogue with values by which it is quick, some with more than one.
let quickWords = [
  "fgsm", "pgd:steps=10", "pgd:steps=5,restarts=3,loss=margin", "pgd:steps=5,restarts=2,early-stop=false",
  "apgd:steps=10,restarts=2,loss=dlr", "apgd:steps=6,early-stop=false,loss=margin", "apgd-ce:steps=8",
  "apgd-ce:steps=1", "apgd-dlr:steps=4",
  "apgd-t:steps=6", "apgd-t:steps=6,targeting=malt,loss=margin", "malt:steps=6", "acg:steps=8", "reacg:steps=8",
  "pma:steps=8", "pma:steps=1", "square-ascent:queries=20,steps=4",
  "bim:steps=5", "mi-fgsm:steps=5", "ni-fgsm:steps=5", "adam-pgd:steps=5", "pgd-kl:steps=5,restarts=2",
  "eot-pgd:steps=3", "eot-pgd:steps=3,draws=3,early-stop=true,restarts=2",
  "r-fgsm", "ffgsm", "slide:steps=5,restarts=2", "di-fgsm:steps=4,decay=0.5", "ti-fgsm:steps=4,kernel-size=3",
  "si-ni-fgsm:steps=4", "vmi-fgsm:steps=3",
  "fab:steps=8,restarts=2", "fab-t:steps=8,restarts=2,target-classes=2",
  "min-apgd:steps=5,search-steps=4", "min-apgd:steps=6,search-steps=5,loss=margin",
  "deepfool", "cw:steps=20,binary-search-steps=2", "ead:steps=20,binary-search-steps=2", "jsma", "newtonfool:steps=20",
  "sparsefool",
  "ddn:steps=20", "fmn:steps=20", "sigma-zero:steps=20", "bb:steps=10",
  "spsa:steps=3", "nes:queries=60", "bandits:queries=40", "simba:queries=40", "simba:queries=40,basis=dct",
  "zoo:steps=10,binary-search-steps=2", "one-pixel:steps=3,population=12",
  "boundary:steps=20", "hopskipjump:steps=2", "sign-opt:steps=2,trials=10,directions=10", "geoda:queries=100",
  "pointwise",
  "square:queries=40,restarts=2", "noise:draws=20",
  "gaussian-noise:draws=20", "salt-and-pepper:steps=30", "blur:steps=10", "contrast:steps=10", "brightness:steps=10",
  "rotation:steps=10", "spatial", "spatial:search=random,draws=10", "spatial:search=gradient,steps=5",
  "patch:steps=4,restarts=3,size=0.2", "patch:steps=3,restarts=2,place=random,early-stop=false",
]

/// Those that work in a norm.
func quickAttacks(_ norm: Norm) throws -> [any Attack] {
  try quickWords.map { try AttackCatalog.attack($0) }.filter { type(of: $0).norms.contains(norm) }
}

/// Radii at which some of the images of a small model break and some do not.
let usualRadii: [Norm: Float] = [.linf: 0.15, .l2: 0.5, .l1: 0.8, .l0: 2]
