using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>The forms into which an input is brought for products.</summary>
[Flags]
internal enum InputForms
{
    None = 0,

    /// <summary><see cref="RoundedInput"/></summary>
    FourteenBits = 1,

    /// <summary><see cref="ByteInput"/></summary>
    EightBits = 2,

    /// <summary><see cref="PanelInput"/>: nothing is rounded.</summary>
    Panels = 4,
}
