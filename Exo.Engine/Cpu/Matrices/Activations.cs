namespace Exo.Engine.Cpu.Matrices;

/// <summary>The input of a product: [tokens, columns] floats, tokens <see cref="Stride"/> floats apart.</summary>
internal readonly unsafe struct Activations(float* data, int tokens, int stride)
{
    public float* Data { get; } = data;

    public int Tokens { get; } = tokens;

    public int Stride { get; } = stride;
}
