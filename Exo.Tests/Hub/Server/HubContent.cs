using System.Numerics;
using System.Runtime.InteropServices;

namespace Exo.Tests.Hub.Server;

/// <summary>A file's bytes, readable at any offset without being held anywhere.</summary>
internal abstract class HubContent
{
    /// <summary>In bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Two contents with one identity have the same bytes; hashes are cached under it.</summary>
    public abstract string Identity { get; }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on; both ends lie inside.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>All of it, for contents that fit in memory.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        Read(0, bytes);
        return bytes;
    }
}

/// <summary>Bytes held in memory: configuration files, safetensors headers.</summary>
internal sealed class BytesContent(byte[] bytes) : HubContent
{
    public override long Length => bytes.Length;

    public override string Identity { get; } = "bytes:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    public override void Read(long offset, Span<byte> destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
}

/// <summary>
/// Pseudo-random bytes computed from (seed, offset), at memory speed: a page of noise repeated, each page whitened with its own
/// 64-bit mask, so that a byte in the wrong place is a wrong byte.
/// </summary>
internal sealed class SeededContent(ulong seed, long length) : HubContent
{
    private const int PageSize = 1 << 16;

    private static readonly byte[] Noise = MakeNoise();

    public override long Length => length;

    public override string Identity { get; } = $"seeded:{seed}:{length}";

    public override void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, length, nameof(offset));
        while (!destination.IsEmpty)
        {
            var within = (int)(offset % PageSize);
            var count = Math.Min(PageSize - within, destination.Length);
            ReadPage(offset / PageSize, within, destination[..count]);
            destination = destination[count..];
            offset += count;
        }
    }

    private void ReadPage(long page, int within, Span<byte> destination)
    {
        Noise.AsSpan(within, destination.Length).CopyTo(destination);
        // The mask repeats every eight bytes of the page: rotated so that it starts at `within`.
        var mask = BitOperations.RotateRight(Scramble.Mix(seed, (ulong)page), within % 8 * 8);
        var vectors = MemoryMarshal.Cast<byte, Vector<ulong>>(destination);
        var wide = new Vector<ulong>(mask);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] ^= wide;
        var rest = destination[(vectors.Length * Vector<byte>.Count)..];
        for (var i = 0; i < rest.Length; i++)
            rest[i] ^= (byte)(mask >> (i % 8 * 8));
    }

    private static byte[] MakeNoise()
    {
        var noise = new byte[PageSize];
        var words = MemoryMarshal.Cast<byte, ulong>(noise.AsSpan());
        for (var i = 0; i < words.Length; i++)
            words[i] = Scramble.Mix(0x45786f, (ulong)i);
        return noise;
    }
}

/// <summary>Contents one after the other, such as a safetensors header and its data.</summary>
internal sealed class JoinedContent(params HubContent[] parts) : HubContent
{
    public override long Length { get; } = parts.Sum(part => part.Length);

    public override string Identity { get; } = "joined:" + string.Join('+', parts.Select(part => part.Identity));

    public override void Read(long offset, Span<byte> destination)
    {
        foreach (var part in parts)
        {
            if (destination.IsEmpty) return;
            var count = (int)Math.Clamp(part.Length - offset, 0, destination.Length);
            if (count > 0) part.Read(offset, destination[..count]);
            destination = destination[count..];
            offset = Math.Max(0, offset - part.Length);
        }
    }
}
