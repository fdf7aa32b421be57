using System.Numerics;
using System.Runtime.InteropServices;

namespace Exo.Hub.Transfer;

/// <summary>CRC-32C (Castagnoli), which processors compute in hardware: tells bytes that a crash or a disk lost, not an attacker's.</summary>
internal static class Crc32C
{
    /// <summary>The state before the first byte.</summary>
    public const uint Initial = 0xFFFF_FFFF;

    /// <summary>The state after <paramref name="bytes"/>.</summary>
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) state = BitOperations.Crc32C(state, word);
        foreach (var b in bytes[(words.Length * 8)..]) state = BitOperations.Crc32C(state, b);
        return state;
    }

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Append(Initial, bytes);
}
