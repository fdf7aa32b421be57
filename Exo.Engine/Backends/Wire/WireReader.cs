using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Exo.Engine.Backends.Wire;

/// <summary>Reads what <see cref="WireWriter"/> wrote, and never past its end.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new InvalidDataException($"A yes or no of a step's message is {other}."),
    };

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    /// <summary>A number of things that follow, each of at least a byte.</summary>
    public int Count(int most)
    {
        var count = Int32();
        return count >= 0 && count <= most && count <= _rest.Length
            ? count
            : throw new InvalidDataException($"A step's message says that {count} things follow; {_rest.Length} bytes do.");
    }

    public int[] Int32s(int most)
    {
        var count = Count(most);
        return count == 0 ? [] : MemoryMarshal.Cast<byte, int>(Take(checked(count * sizeof(int)))).ToArray();
    }

    public readonly void End()
    {
        if (_rest.Length > 0) throw new InvalidDataException($"A step's message has {_rest.Length} bytes too many.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count) throw new InvalidDataException($"A step's message ends {count - _rest.Length} bytes too early.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
