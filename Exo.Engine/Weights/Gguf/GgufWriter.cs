using System.Text;

namespace Exo.Engine.Weights.Gguf;

/// <summary>
/// Writes a GGUF file, version 3: key-values are gathered, tensors declared, then all is streamed to a file beside the target that takes its
/// name when it is whole. Source: ggml's docs/gguf.md.
/// </summary>
internal sealed class GgufWriter
{
    private const int Alignment = 32;

    private readonly MemoryStream _values = new();
    private readonly BinaryWriter _writer;
    private readonly List<GgufOutput> _tensors = [];
    private ulong _count;

    public GgufWriter() => _writer = new BinaryWriter(_values);

    public void Text(string key, string value) => Value(key, GgufType.String, () => String(_writer, Encoding.UTF8.GetBytes(value)));

    public void UInt32(string key, uint value) => Value(key, GgufType.UInt32, () => _writer.Write(value));

    public void Int64(string key, long value) => Value(key, GgufType.Int64, () => _writer.Write(value));

    public void Float(string key, float value) => Value(key, GgufType.Float32, () => _writer.Write(value));

    public void Flag(string key, bool value) => Value(key, GgufType.Bool, () => _writer.Write(value));

    public void Texts(string key, IReadOnlyCollection<byte[]> values) => List(key, GgufType.String, values, item => String(_writer, item));

    public void Integers(string key, IReadOnlyCollection<int> values) => List(key, GgufType.Int32, values, _writer.Write);

    public void Floats(string key, IReadOnlyCollection<float> values) => List(key, GgufType.Float32, values, _writer.Write);

    public void Bytes(string key, IReadOnlyCollection<byte> values) => List(key, GgufType.UInt8, values, _writer.Write);

    /// <summary>A value as <see cref="GgufValue"/> reads it.</summary>
    /// <exception cref="ArgumentException">It is of another kind.</exception>
    public void Any(string key, object value)
    {
        switch (value)
        {
            case string text: Text(key, text); break;
            case bool flag: Flag(key, flag); break;
            case long whole and >= 0 and <= uint.MaxValue: UInt32(key, (uint)whole); break;
            case long whole: Int64(key, whole); break;
            case double real: Float(key, (float)real); break;
            case GgufStrings texts: Texts(key, [.. Enumerable.Range(0, texts.Count).Select(i => texts[i].ToArray())]); break;
            case int[] integers: Integers(key, integers); break;
            case float[] floats: Floats(key, floats); break;
            case byte[] bytes: Bytes(key, bytes); break;
            default: throw new ArgumentException($"{key} holds {value.GetType().Name}, which is not written", nameof(value));
        }
    }

    /// <summary>Declares a tensor; tensors lie in the order they are declared in.</summary>
    public void Tensor(GgufOutput tensor) => _tensors.Add(tensor);

    /// <summary>Writes the file. Whatever goes wrong, the target is as it was before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">A file of that name is replaced; otherwise it is an error.</param>
    /// <param name="inspect">Told the finished file's path before it takes its name; throws to refuse it.</param>
    /// <param name="progress">Told the share of the bytes written, 0 to 1.</param>
    /// <exception cref="NotEnoughSpaceException">The disk has no room for it, or others took that room meanwhile.</exception>
    /// <exception cref="IOException">The file cannot be written, or is there already.</exception>
    public void Write(string path, bool overwrite, Action<string>? inspect = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var full = Path.GetFullPath(path);
        var beside = PartFile.Beside(full);
        PartFile.RemoveAbandoned(full);
        NotEnoughSpaceException.ThrowIfMissing(full, _values.Length + _tensors.Sum(tensor => Padded(tensor.ByteCount)));
        try
        {
            using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
            {
                WriteHeader(file);
                WriteTensors(file, progress, cancellationToken);
                file.Flush(flushToDisk: true);
            }
            inspect?.Invoke(beside);
            cancellationToken.ThrowIfCancellationRequested();
            File.Move(beside, full, overwrite);
        }
        catch (IOException failure) when (NotEnoughSpaceException.IsReasonOf(failure))
        {
            throw NotEnoughSpaceException.Meanwhile(full, failure);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private void WriteHeader(Stream file)
    {
        using var writer = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write(_count);
        _writer.Flush();
        writer.Write(_values.GetBuffer().AsSpan(0, (int)_values.Length));
        var offset = 0L;
        foreach (var tensor in _tensors)
        {
            String(writer, Encoding.UTF8.GetBytes(tensor.Name));
            writer.Write((uint)tensor.Shape.Count);
            foreach (var size in tensor.Shape.Reverse()) writer.Write((ulong)size);
            writer.Write(GgufTensor.IdOf(tensor.Type));
            writer.Write((ulong)offset);
            offset = Padded(offset + tensor.ByteCount);
        }
        writer.Flush();
        Pad(file);
    }

    private void WriteTensors(Stream file, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var total = Math.Max(1, _tensors.Sum(tensor => tensor.ByteCount));
        var done = 0L;
        foreach (var tensor in _tensors)
        {
            tensor.WriteTo(file, written => progress?.Report((double)(done += written) / total), cancellationToken);
            Pad(file);
        }
    }

    private void Value(string key, GgufType type, Action write)
    {
        String(_writer, Encoding.UTF8.GetBytes(key));
        _writer.Write((uint)type);
        write();
        _count++;
    }

    private void List<T>(string key, GgufType type, IReadOnlyCollection<T> values, Action<T> write) => Value(key, GgufType.Array, () =>
    {
        _writer.Write((uint)type);
        _writer.Write((ulong)values.Count);
        foreach (var value in values) write(value);
    });

    private static void String(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static long Padded(long at) => (at + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream file) => file.Write(new byte[Padded(file.Position) - file.Position]);
}
