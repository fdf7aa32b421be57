namespace Exo.Engine.Models;

/// <summary>Special tokens as a chat template writes them; null where the model has none.</summary>
/// <param name="Bos">Begins a text.</param>
/// <param name="Eos">Ends a text.</param>
/// <param name="Pad">Fills up.</param>
/// <param name="Unknown">Stands for what the vocabulary lacks.</param>
public sealed record SpecialTokenTexts(string? Bos, string? Eos, string? Pad, string? Unknown);
