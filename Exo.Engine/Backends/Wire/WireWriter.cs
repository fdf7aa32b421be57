using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Exo.Engine.Backends.Wire;

/// <summary>A growing buffer of little-endian values.</summary>
internal sealed class WireWriter(int capacity)
{
    private byte[] _bytes = new byte[capacity];
    private int _count;

    public void Byte(byte value) => Take(1)[0] = value;

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void Single(float value) => BinaryPrimitives.WriteSingleLittleEndian(Take(sizeof(float)), value);

    /// <summary>Their number and the values.</summary>
    public void Int32s(ReadOnlySpan<int> values)
    {
        Int32(values.Length);
        MemoryMarshal.AsBytes(values).CopyTo(Take(values.Length * sizeof(int)));
    }

    public byte[] ToArray() => _bytes.AsSpan(0, _count).ToArray();

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _count < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + count));
        _count += count;
        return _bytes.AsSpan(_count - count, count);
    }
}
