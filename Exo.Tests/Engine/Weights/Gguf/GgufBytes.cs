using System.Text;

namespace Exo.Tests.Engine.Weights.Gguf;

/// <summary>Writes GGUF files byte by byte, right ones and, where a test asks, wrong ones. Source: ggml's docs/gguf.md.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte[]> _values = [];
    private readonly List<(string Name, long[] Shape, uint Type, byte[] Data, long? Offset)> _tensors = [];

    public string Magic { get; init; } = "GGUF";

    public uint Version { get; init; } = 3;

    public int Alignment { get; init; } = 32;

    public ulong? TensorCount { get; init; }

    public ulong? ValueCount { get; init; }

    public GgufBytes UInt16(string key, ushort value) => Value(key, 2, w => w.Write(value));

    public GgufBytes UInt32(string key, uint value) => Value(key, 4, w => w.Write(value));

    public GgufBytes Float(string key, float value) => Value(key, 6, w => w.Write(value));

    public GgufBytes Flag(string key, bool value) => Value(key, 7, w => w.Write(value));

    public GgufBytes Text(string key, string value) => Value(key, 8, w => String(w, value));

    public GgufBytes Texts(string key, params string[] values) => Value(key, 9, w =>
    {
        w.Write(8u);
        w.Write((ulong)values.Length);
        foreach (var value in values) String(w, value);
    });

    public GgufBytes Integers(string key, params int[] values) => Value(key, 9, w =>
    {
        w.Write(5u);
        w.Write((ulong)values.Length);
        foreach (var value in values) w.Write(value);
    });

    /// <summary>A value of any type, its bytes as given.</summary>
    public GgufBytes Value(string key, uint type, Action<BinaryWriter> write)
    {
        _values.Add(Bytes(w =>
        {
            String(w, key);
            w.Write(type);
            write(w);
        }));
        return this;
    }

    /// <param name="shape">Row-major.</param>
    /// <param name="offset">Another place in the data than the next free one.</param>
    public GgufBytes Tensor(string name, long[] shape, uint type, byte[] data, long? offset = null)
    {
        _tensors.Add((name, shape, type, data, offset));
        return this;
    }

    /// <summary>A tensor of floats, seeded by its name.</summary>
    public GgufBytes Floats(string name, params long[] shape)
    {
        var random = new Random(name.Sum(letter => letter));
        var values = Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (float)random.NextDouble() - 0.5f);
        return Tensor(name, shape, 0, [.. values.SelectMany(BitConverter.GetBytes)]);
    }

    public byte[] ToArray() => Bytes(w =>
    {
        w.Write(Encoding.ASCII.GetBytes(Magic));
        w.Write(Version);
        w.Write(TensorCount ?? (ulong)_tensors.Count);
        w.Write(ValueCount ?? (ulong)_values.Count);
        foreach (var value in _values) w.Write(value);
        var next = 0L;
        foreach (var (name, shape, type, data, offset) in _tensors)
        {
            String(w, name);
            w.Write((uint)shape.Length);
            foreach (var size in shape.Reverse()) w.Write(size);
            w.Write(type);
            w.Write(offset ?? next);
            next = Padded(next + data.Length);
        }
        Pad(w);
        foreach (var tensor in _tensors)
        {
            w.Write(tensor.Data);
            Pad(w);
        }
    });

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static void String(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private long Padded(long at) => (at + Alignment - 1) / Alignment * Alignment;

    private void Pad(BinaryWriter writer)
    {
        writer.Flush();
        writer.Write(new byte[Padded(writer.BaseStream.Position) - writer.BaseStream.Position]);
    }
}
