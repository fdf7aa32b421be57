using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>The input of a product: [tokens, columns] floats, tokens <see cref="Stride"/> floats apart.</summary>
internal readonly unsafe struct Activations(float* data, int tokens, int stride, RoundedInput rounded = default, ByteInput bytes = default, PanelInput panels = default)
{
    public float* Data { get; } = data;

    public int Tokens { get; } = tokens;

    public int Stride { get; } = stride;

    /// <summary>The same rounded to 14 bits; there where <see cref="CpuMatrix.FormsFor"/> asks for it.</summary>
    public RoundedInput Rounded { get; } = rounded;

    /// <summary>The same rounded to eight bits; there where <see cref="CpuMatrix.FormsFor"/> asks for it.</summary>
    public ByteInput Bytes { get; } = bytes;

    /// <summary>The same in the order of panels; there where <see cref="CpuMatrix.FormsFor"/> asks for it.</summary>
    public PanelInput Panels { get; } = panels;
}
