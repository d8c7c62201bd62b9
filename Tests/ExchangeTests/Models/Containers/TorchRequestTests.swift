import Exchange
import Networks
import Testing

@Test(
  arguments: ExchangeFixture.all(
    of: ["torch-checkpoint", "hostile"], endings: [".pt", ".pth", ".pkl", ".tar", ".ckpt", ".pt2"]))
func torchFilesDoWhatTheirManifestSays(fixture: ExchangeFixture) throws {
  try expectManifest(fixture)
}
