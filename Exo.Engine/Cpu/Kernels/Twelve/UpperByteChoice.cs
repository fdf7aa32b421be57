using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>
/// Which sixteen upper bytes of BF16 weights four bits name: eight neighbouring magnitudes (each two exponents) of both signs, or seven and zero. A code is the sign in the fourth bit
/// and the magnitude's number below. A worse choice makes more patches, never another weight.
/// </summary>
internal readonly unsafe struct UpperByteChoice
{
    private const int Magnitudes = 8;
    private const int AllMagnitudes = 128;
    private const byte SignBit = 0x80;
    private const byte Rest = 0x7F;

    private readonly byte _first;
    private readonly bool _hasZero;

    /// <param name="first">The upper byte, without its sign, that number 0 means; where zero is named, number 0 means that, and number 1 the byte after this one.</param>
    private UpperByteChoice(int first, bool hasZero) => (_first, _hasZero) = ((byte)first, hasZero);

    /// <summary>The magnitudes up to the largest: right for weights that are spread about zero, which nearly all are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static UpperByteChoice UpToTheLargest(ushort* r0, ushort* r1, ushort* r2, ushort* r3, int columns)
    {
        var largest = Vector128<ushort>.Zero;
        for (nint k = 0; k < columns; k += Vector128<ushort>.Count)
        {
            var (a, b) = (Vector128.Max(Magnitude(r0 + k), Magnitude(r1 + k)), Vector128.Max(Magnitude(r2 + k), Magnitude(r3 + k)));
            largest = Vector128.Max(largest, Vector128.Max(a, b));
        }

        var most = 0;
        for (var i = 0; i < Vector128<ushort>.Count; i++) most = Math.Max(most, largest.GetElement(i));
        return new UpperByteChoice(Math.Max(0, (most >> 8) - (Magnitudes - 1)), hasZero: false);
    }

    /// <summary>The choice that leaves the fewest weights out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static UpperByteChoice Best(ushort* r0, ushort* r1, ushort* r2, ushort* r3, int columns)
    {
        var counts = stackalloc int[AllMagnitudes];
        new Span<int>(counts, AllMagnitudes).Clear();
        for (var k = 0; k < columns; k++)
        {
            counts[r0[k] >> 8 & Rest]++;
            counts[r1[k] >> 8 & Rest]++;
            counts[r2[k] >> 8 & Rest]++;
            counts[r3[k] >> 8 & Rest]++;
        }

        var (best, bestCount) = (new UpperByteChoice(0, hasZero: false), Count(counts, 0, Magnitudes));
        for (var first = 1; first + Magnitudes <= AllMagnitudes; first++)
        {
            var plain = Count(counts, first, Magnitudes);
            if (plain > bestCount) (best, bestCount) = (new UpperByteChoice(first, hasZero: false), plain);
            var besideZero = counts[0] + Count(counts, first + 1, Magnitudes - 1);
            if (besideZero > bestCount) (best, bestCount) = (new UpperByteChoice(first, hasZero: true), besideZero);
        }

        return best;
    }

    /// <summary>Whether four bits name an upper byte.</summary>
    public bool Names(byte upper)
    {
        var magnitude = upper & Rest;
        if (_hasZero && magnitude == 0) return true;
        var number = magnitude - _first;
        return number >= (_hasZero ? 1 : 0) && number < Magnitudes;
    }

    /// <summary>The upper bytes by their codes.</summary>
    /// <param name="table">[16], overwritten.</param>
    public void WriteTable(byte* table)
    {
        for (var code = 0; code < 2 * Magnitudes; code++)
        {
            var number = code % Magnitudes;
            table[code] = (byte)((_hasZero && number == 0 ? 0 : _first + number) | (code >= Magnitudes ? SignBit : 0));
        }
    }

    /// <summary>What <see cref="Code"/> takes: the magnitude that number 0 means, and whether zero is named, in every byte.</summary>
    public (Vector256<byte> First, Vector256<byte> Zeros) Vectors => (Vector256.Create(_first), _hasZero ? Vector256<byte>.AllBitsSet : default);

    /// <summary>The codes of upper bytes.</summary>
    /// <param name="unnamed">Becomes other than zero where one has none.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Code(Vector256<byte> upper, Vector256<byte> first, Vector256<byte> zeros, ref Vector256<byte> unnamed)
    {
        var magnitude = upper & Vector256.Create(Rest);
        var number = magnitude - first;
        var zero = Vector256.Equals(magnitude, Vector256<byte>.Zero) & zeros;
        var outside = (Vector256.GreaterThan(number, Vector256.Create((byte)(Magnitudes - 1))) | (Vector256.Equals(number, Vector256<byte>.Zero) & zeros)) & ~zero;
        unnamed |= outside;
        return (number & ~(outside | zero)) | ((upper.AsUInt16() >>> 4).AsByte() & Vector256.Create((byte)Magnitudes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Magnitude(ushort* weights) => Vector128.Load(weights) & Vector128.Create((ushort)0x7FFF);

    private static int Count(int* counts, int first, int width)
    {
        var sum = 0;
        for (var i = first; i < first + width; i++) sum += counts[i];
        return sum;
    }
}
