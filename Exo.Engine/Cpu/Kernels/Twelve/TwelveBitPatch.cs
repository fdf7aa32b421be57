namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>A weight whose upper byte its quad doesn't name.</summary>
internal struct TwelveBitPatch
{
    /// <summary>Which step of the quad.</summary>
    public ushort Step;

    /// <summary>Where in the step.</summary>
    public byte Row, Column;

    /// <summary>The weight in BF16.</summary>
    public ushort Weight;

    public readonly float Value => BitConverter.UInt32BitsToSingle((uint)Weight << 16);

    /// <summary>Where the weight belongs in what <see cref="TwelveBits.Widen"/> made of steps.</summary>
    /// <param name="firstStep">The first of them.</param>
    public readonly long Place(int firstStep, int pairStride, int eightStride) =>
        Row / 2 * pairStride + Row % 2 * Lanes.Count + ((Step - firstStep) * (TwelveBits.StepColumns / Lanes.Count) + Column / Lanes.Count) * (long)eightStride + Column % Lanes.Count;
}
