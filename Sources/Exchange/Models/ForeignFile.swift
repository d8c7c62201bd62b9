/// A file of weights or data in a format that AdvLab does not read, recognised by its first bytes and its names.
public enum ForeignFile: Hashable, Sendable, CaseIterable {
  /// The text that stands for a large file in a Git repository.
  case gitLFSPointer
  /// A web page, most often the answer to a download that failed.
  case html
  /// PyTorch's zip archive with a pickle in it (`.pt`, `.pth`).
  case torchArchive
  /// PyTorch's form before 1.6: bare pickles.
  case torchPickle
  /// A pickle or archive of PyTorch with a whole module in it, which only code can bring back.
  case torchModule
  /// Any other pickle of Python.
  case pickle
  /// TensorFlow's directory with `saved_model.pb`.
  case savedModel
  /// The Open Neural Network Exchange format.
  case onnx
  /// Hugging Face's safetensors.
  case safetensors
  /// NumPy's archive of arrays: data are read from it, weights are not.
  case npz
  /// MATLAB's format before 7.3.
  case matlab5
  /// Apache Parquet, in which the Hugging Face Hub keeps tables with images in them.
  case parquet

  /// What a file is read for.
  public enum Use: Hashable, Sendable {
    /// The weights of a network.
    case model
    /// Images and labels.
    case dataset
  }

  /// Its name, with an article.
  public var name: String {
    switch self {
    case .gitLFSPointer: "a Git LFS pointer, a text that stands for the file"
    case .html: "a web page"
    case .torchArchive: "a PyTorch archive with a pickle in it"
    case .torchPickle: "a PyTorch file in its old form, a pickle"
    case .torchModule: "a PyTorch file with a whole module in it"
    case .pickle: "a Python pickle"
    case .savedModel: "a TensorFlow SavedModel"
    case .onnx: "an ONNX model"
    case .safetensors: "a safetensors file"
    case .npz: "a NumPy archive (.npz)"
    case .matlab5: "a MATLAB file of a version before 7.3"
    case .parquet: "a Parquet table"
    }
  }

  /// How to convert the file to one that can be read: a command, or a sentence where there is none.
  public func advice(for path: String) -> String {
    let file = Self.quoted(path)
    let write = "f=h5py.File('converted.h5','w'); [f.create_dataset(k,data=v) for k,v in d.items()]"
    switch self {
    case .gitLFSPointer: return "fetch the file itself: git lfs pull"
    case .html: return "the download failed: fetch the file itself, not the page about it"
    case .torchArchive, .torchPickle:
      return "convert it: \(Self.torchCommand(file, weightsOnly: true)) (where torch refuses the file, "
        + "weights_only=False reads it, and runs what code it holds: only if you trust it)"
    case .torchModule:
      return "reading it runs the code it holds: if you trust it, and where its classes can be imported, "
        + Self.torchCommand(file, weightsOnly: false)
    case .pickle:
      return "a pickle runs code when it is read: if you trust it, "
        + "python -c \"import pickle,h5py; d=pickle.load(open(\(file),'rb')); \(write)\""
    case .savedModel:
      return "convert it: python -c \"import tensorflow as t; t.keras.models.load_model(\(file)).save('converted.h5')\""
    case .onnx:
      return "convert it: python -c \"import onnx,onnx.numpy_helper as n,h5py; "
        + "d={i.name:n.to_array(i) for i in onnx.load(\(file)).graph.initializer}; \(write)\""
    case .safetensors:
      return
        "convert it: python -c \"import h5py; from safetensors.numpy import load_file; d=load_file(\(file)); \(write)\""
    case .npz:
      return "convert it: python -c \"import numpy,h5py; d=dict(numpy.load(\(file))); \(write)\""
    case .matlab5:
      return "save it again with save(..., '-v7.3'), or "
        + "python -c \"import scipy.io,h5py; d={k:v for k,v in scipy.io.loadmat(\(file)).items() if k[0]!='_'}; \(write)\""
    case .parquet:
      return "convert it, with its own names of the columns of images and labels: "
        + "python -c \"import io,numpy,pandas; from PIL import Image; d=pandas.read_parquet(\(file)); "
        + "numpy.savez('converted.npz',y=d['label'],"
        + "x=numpy.stack([numpy.asarray(Image.open(io.BytesIO(i['bytes']))) for i in d['image']]))\""
    }
  }

  /// Takes the tensors out of a state dictionary, a module, or either of them in a checkpoint, at whatever depth.
  private static func torchCommand(_ file: String, weightsOnly: Bool) -> String {
    "python -c \"import torch,h5py; u=lambda d:next((u(d[k]) for k in ('state_dict','model_state_dict','model','net') "
      + "if isinstance(d,dict) and k in d),d); "
      + "d=u(torch.load(\(file),map_location='cpu',weights_only=\(weightsOnly ? "True" : "False"))); "
      + "d=d if isinstance(d,dict) else d.state_dict(); f=h5py.File('converted.h5','w'); "
      + "[f.create_dataset(k,data=v.detach().float().numpy()) for k,v in d.items() "
      + "if torch.is_tensor(v) and v.is_floating_point()]\""
  }

  /// Throws where there is a foreign file or directory at a path; anything else is left to the reader of the format.
  public static func refuse(_ path: String, as use: Use) throws(ExchangeError) {
    guard let found = recognized(at: path), !(found == .npz && use == .dataset) else { return }
    let expected =
      switch use {
      case .model: "an HDF5 file of weights"
      case .dataset: "a dataset"
      }
    throw ExchangeError(
      kind: .content, file: path, message: "expected \(expected), found \(found.name); \(found.advice(for: path))")
  }

  /// A Python string within a double-quoted shell argument; a path that would need escaping there is replaced by FILE.
  private static func quoted(_ path: String) -> String {
    let isPlain = path.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "_", "-", "+", " ": true
      default: false
      }
    }
    return "'\(isPlain ? path : "FILE")'"
  }
}
