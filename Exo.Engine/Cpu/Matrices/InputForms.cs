using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>The forms into which an input is rounded for integer products.</summary>
[Flags]
internal enum InputForms
{
    None = 0,

    /// <summary><see cref="RoundedInput"/></summary>
    FourteenBits = 1,

    /// <summary><see cref="ByteInput"/></summary>
    EightBits = 2,
}
