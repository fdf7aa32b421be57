using Exo.Hub;

namespace Exo.Api.Local;

/// <summary>A model's name and where it lies on this machine.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Path">The folder or .gguf file.</param>
/// <param name="Reference">Where it came from; null for samples, folders and files.</param>
/// <param name="Commit">What its revision means here; null where it has none.</param>
internal sealed record ResolvedModel(string Name, string Path, ModelReference? Reference, string? Commit = null);
