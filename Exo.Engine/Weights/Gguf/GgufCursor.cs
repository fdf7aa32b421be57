using System.Buffers.Binary;
using System.Text;

namespace Exo.Engine.Weights.Gguf;

/// <summary>Walks through a GGUF header. Every read is checked against what is left of the file.</summary>
internal ref struct GgufCursor(string path, ReadOnlySpan<byte> bytes)
{
    /// <summary>No real list is longer; a damaged count must not fill the memory before the file turns out shorter.</summary>
    private const int MaxCount = 1 << 24;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public string Path { get; } = path;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    public readonly int Left => _bytes.Length - Position;

    /// <param name="byteCount">How many.</param>
    /// <param name="part">What they belong to, for messages.</param>
    public ReadOnlySpan<byte> Bytes(ulong byteCount, string? part)
    {
        if (byteCount > (ulong)Left)
            throw Invalid(part, $"the file ends within the header: {byteCount} bytes are needed, {Left} are left");
        var result = _bytes.Slice(Position, (int)byteCount);
        Position += (int)byteCount;
        return result;
    }

    public uint UInt32(string? part) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4, part));

    public ulong UInt64(string? part) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8, part));

    /// <summary>A length and so many bytes.</summary>
    public ReadOnlySpan<byte> Prefixed(string? part) => Bytes(UInt64(part), part);

    /// <summary>A name: UTF-8 of at most so many bytes.</summary>
    public string Text(string part, int maxByteCount)
    {
        var bytes = Prefixed(part);
        return bytes.Length <= maxByteCount && System.Text.Unicode.Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes)
            : throw Invalid(part, $"its name is no UTF-8 of at most {maxByteCount} bytes");
    }

    /// <summary>Refuses a count that the rest of the file could not hold.</summary>
    public readonly void CheckCount(ulong count, int minByteCount, string part)
    {
        if (count > (ulong)(Left / minByteCount) || count > MaxCount)
            throw Invalid(part, $"the file claims {count} of them, with {Left} bytes left; at most {MaxCount} are accepted");
    }

    public readonly InvalidModelException Invalid(string? part, string problem) => new(Path, part, problem);
}
