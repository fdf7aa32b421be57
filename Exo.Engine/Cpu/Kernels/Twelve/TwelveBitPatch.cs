namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>A weight whose upper byte its quad doesn't name.</summary>
internal struct TwelveBitPatch
{
    /// <summary>The step of what follows a quad's last patch.</summary>
    public const ushort NoStep = ushort.MaxValue;

    /// <summary>Which step of the quad.</summary>
    public ushort Step;

    /// <summary>Which of the step's 128 words, as they are woven: [4 eights of columns][2 rows of a pair][8 columns][2 pairs].</summary>
    public ushort Index;

    /// <summary>The weight in BF16.</summary>
    public ushort Weight;

    public static TwelveBitPatch Of(int step, int row, int column, ushort weight) =>
        new() { Step = (ushort)step, Index = (ushort)(column / Lanes.Count * 32 + row % 2 * 16 + column % Lanes.Count * 2 + row / 2), Weight = weight };

    public readonly float Value => BitConverter.UInt32BitsToSingle((uint)Weight << 16);

    /// <summary>Where the weight belongs in what <see cref="TwelveBits.Widen"/> made of steps.</summary>
    /// <param name="firstStep">The first of them.</param>
    public readonly long Place(int firstStep, int pairStride, int eightStride) =>
        Index % 2 * pairStride + Index % 32 / 2 + ((Step - firstStep) * (TwelveBits.StepColumns / Lanes.Count) + Index / 32) * (long)eightStride;
}
