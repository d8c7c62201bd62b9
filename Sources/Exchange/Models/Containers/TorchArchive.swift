package import Networks

/// A file of PyTorch with tensors in it: `.pt`, `.pth`, `.ckpt`, `.tar`, in the form of an archive or in the old one.
///
/// Nothing in the file is executed. Tensors of floating-point numbers and of whole ones are read, strided, shared and in
/// half precision too, and arrays of NumPy in their place. Where a checkpoint holds several dictionaries of weights, the
/// first of these that holds tensors is taken, and notes name the others: `state_dict`, `model_state_dict`, `model`,
/// `net`, `network`, `module`, `weights`, `params`, `parameters`, then the averages `ema`, `model_ema`,
/// `ema_state_dict`, `state_dict_ema`, `ema_model_state_dict`, `ema_model`, `swa_model`.
package struct TorchArchive: TensorContainer {
  package static let name = "PyTorch"

  package let tensors: [(components: [String], tensor: any StoredTensor)]
  /// Python's dictionaries keep it.
  package let keepsOrder = true
  /// Which weights were taken, where there are others.
  package let notes: [Note]

  /// Opens a file; the tensors' numbers are read when they are asked for.
  ///
  /// - Throws: `ExchangeError` where it is none of PyTorch, is damaged, or holds more than tensors, numbers, texts and
  ///   dictionaries: a module, a call, a sparse or quantised tensor.
  package init(_ path: String) throws {
    let listing = try TorchListing(TorchFile(path))
    (tensors, notes) = (listing.tensors, listing.notes)
  }

  /// Whether a file looks like one of PyTorch, readable or not, or like any pickle of Python.
  package static func recognises(_ path: String) -> Bool { TorchFile.recognises(path) }
}
