using Exo.Engine.Models;

namespace Exo.Grains.Nodes;

/// <summary>Where this node's disk has a model. Asked by the shards that load and the generations that tokenize.</summary>
public interface IModelLocator
{
    /// <summary>The folder or file to open; weights outside the range may be holes there.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="commit">The commit; null for samples and paths.</param>
    /// <param name="layers">The layers that must be whole there; null: configuration and tokenizer suffice.</param>
    /// <exception cref="Models.ModelRefusedException">It isn't here, or not all of it.</exception>
    string Locate(string model, string? commit, LayerRange? layers);
}
