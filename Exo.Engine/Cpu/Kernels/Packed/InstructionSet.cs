using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Which registers the packed kernels use; chosen when a matrix is loaded. All give the same bits.</summary>
internal enum InstructionSet
{
    /// <summary><see cref="Register128"/>: NEON, SSE, or plain code.</summary>
    Portable,

    /// <summary><see cref="RegisterNeonDot"/> for products of bytes, <see cref="Register128"/> for pairs.</summary>
    NeonDot,

    /// <summary><see cref="Register256"/></summary>
    Avx2,

    /// <summary><see cref="Register512"/></summary>
    Avx512,
}

/// <summary>What this machine has.</summary>
internal static class InstructionSets
{
    public static InstructionSet Best => Supported[^1];

    /// <summary>The slowest first.</summary>
    public static IReadOnlyList<InstructionSet> Supported { get; } =
    [
        InstructionSet.Portable,
        .. Dp.IsSupported ? [InstructionSet.NeonDot] : (InstructionSet[])[],
        .. Avx2.IsSupported ? [InstructionSet.Avx2] : (InstructionSet[])[],
        .. Avx512BW.IsSupported && Vector512.IsHardwareAccelerated ? [InstructionSet.Avx512] : (InstructionSet[])[],
    ];
}
