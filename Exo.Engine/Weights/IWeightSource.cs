namespace Exo.Engine.Weights;

/// <summary>The tensors of one model, memory-mapped. Disposing it unmaps them: no <see cref="Tensor"/> of it may be used after.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>Every tensor's name as the file spells it.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Bytes of all tensors together.</summary>
    long ByteCount { get; }

    /// <summary>The tensor of that name, or null where there is none.</summary>
    Tensor? Find(string name);

    /// <summary>The file a tensor of that name lies (or would lie) in, for messages.</summary>
    string FileOf(string name);
}
