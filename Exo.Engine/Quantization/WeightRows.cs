using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Quantization;

/// <summary>
/// The rows of a weight, or of several of one shape stacked, as floats on their way into another format. A row that needs no change is
/// copied as it is stored.
/// </summary>
internal sealed unsafe class WeightRows
{
    private readonly Tensor[] _stack;
    private readonly CpuMatrix[] _matrices;
    private readonly int _rows, _columns;


    /// <param name="stack">At least one; all of one shape.</param>
    public WeightRows(params Tensor[] stack)
    {
        _stack = stack;
        (_rows, _columns) = (stack[0].Rows, stack[0].Columns);
        // A vector is a matrix of one row.
        _matrices = [.. stack.Select(tensor => CpuMatrix.Over(new Tensor(tensor.Name, tensor.Type, [_rows, _columns], tensor.Data)))];
    }

    public int Columns => _columns;

    /// <summary>Added to every element: 1 for norms that scale by (1 + weight).</summary>
    public float Added { get; init; }

    /// <summary>Source row of each row, or source element of each element of a vector; null leaves the order.</summary>
    public int[]? Order { get; init; }

    /// <summary>What is written.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="type">How it is stored there.</param>
    public GgufOutput ToOutput(string name, DType type)
    {
        int[] shape = _stack.Length > 1 ? [_stack.Length, _rows, _columns] : [.. _stack[0].Shape];
        return new GgufOutput(name, shape, type, (row, destination) => Encode(row, type, destination));
    }

    /// <exception cref="InvalidModelException">The row holds something that is no number, or one too large for the format.</exception>
    public void Encode(int row, DType type, Span<byte> destination)
    {
        var (tensor, matrix, source) = (_stack[row / _rows], _matrices[row / _rows], row % _rows);
        var isVector = tensor.Shape.Count == 1;
        if (Order is not null && !isVector) source = Order[source];
        if (tensor.Type == type && Added == 0 && (Order is null || !isVector))
        {
            tensor.RowBytes(source, 1).CopyTo(destination);
            return;
        }

        var buffer = ArrayPool<float>.Shared.Rent(2 * _columns);
        try
        {
            var values = buffer.AsSpan(0, _columns);
            fixed (float* data = values) matrix.WidenRow(source, data);
            if (isVector && Order is not null) values = Reordered(values, buffer.AsSpan(_columns, _columns));
            if (Added != 0)
                foreach (ref var value in values) value += Added;
            if (FirstBeyond(values, RowEncoder.Limit(type)) is { } bad) throw new InvalidModelException("weights", tensor.Name, Problem(bad, source, type));
            RowEncoder.Encode(values, type, destination);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    private static string Problem(float value, int row, DType type) => float.IsFinite(value)
        ? FormattableString.Invariant($"holds {value} in row {row}, which is too large for {type}: choose another format, such as {(type == DType.BF16 ? DType.F32 : DType.BF16)}")
        : FormattableString.Invariant($"holds {value} in row {row}, which no format can keep");

    /// <summary>The first value that reaches a magnitude, or is no number; null where there is none.</summary>
    private static float? FirstBeyond(ReadOnlySpan<float> values, float limit)
    {
        // Without their signs floats are ordered as integers are, infinity above all numbers and what is no number above that: eight are looked at
        // together, and the one is only searched for where there is one.
        const int Magnitude = int.MaxValue;
        var words = MemoryMarshal.Cast<float, int>(values);
        ref var source = ref MemoryMarshal.GetReference(words);
        var least = BitConverter.SingleToInt32Bits(limit);
        var (mask, bound) = (Vector256.Create(Magnitude), Vector256.Create(least));
        var i = 0;
        for (; i + Vector256<int>.Count <= words.Length; i += Vector256<int>.Count)
            if (Vector256.GreaterThanOrEqualAny(Vector256.LoadUnsafe(ref source, (nuint)i) & mask, bound)) break;
        for (; i < words.Length; i++)
            if ((words[i] & Magnitude) >= least) return values[i];
        return null;
    }

    private Span<float> Reordered(ReadOnlySpan<float> values, Span<float> reordered)
    {
        for (var i = 0; i < values.Length; i++) reordered[i] = values[Order![i]];
        return reordered;
    }
}
