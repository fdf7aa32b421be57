using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// Makes weight matrices ready for products: the formats that integer products pay for are repacked by all threads at once, and their stored pages given back as soon
/// as they are read; the others are multiplied where they are mapped.
/// </summary>
internal sealed unsafe class MatrixLoader(ComputeThreads threads, InstructionSet instructions) : ComputeJob
{
    /// <summary>Groups of sixteen rows that one item repacks.</summary>
    private const int ItemGroups = 4;

    private PackedMatrix? _matrix;
    private Tensor? _tensor;

    /// <summary>Whether <see cref="Load"/> copies a matrix into another form.</summary>
    public static bool Repacks(Tensor tensor) =>
        tensor.Shape.Count > 1 && tensor.Type is DType.Q8_0 or DType.Q4_0 or DType.Q4_K or DType.Q6_K && tensor.Columns % tensor.Type.BlockSize() == 0;

    /// <exception cref="InvalidModelException">The tensor's format has no kernel here.</exception>
    public CpuMatrix Load(Tensor tensor)
    {
        if (!Repacks(tensor)) return CpuMatrix.Over(tensor);
        var matrix = Make(tensor);
        (_matrix, _tensor) = (matrix, tensor);
        PageAdvice.ReadAhead(tensor.Data, tensor.ByteCount);
        threads.Run(this, (matrix.Groups + ItemGroups - 1) / ItemGroups);
        if (tensor.IsMapped) PageAdvice.GiveBack(tensor.Data, tensor.ByteCount); // the pages that two items shared
        return matrix;
    }

    public override void Execute(int item, int thread)
    {
        var first = item * ItemGroups;
        var groups = Math.Min(ItemGroups, _matrix!.Groups - first);
        _matrix.Pack(_tensor!, first, groups);
        if (!_tensor!.IsMapped) return;
        var rowByteCount = _tensor.Type.ByteCount(_tensor.Columns);
        var firstRow = first * PackedGroup.Rows;
        PageAdvice.GiveBack(_tensor.Data + firstRow * rowByteCount, Math.Min(groups * PackedGroup.Rows, _tensor.Rows - firstRow) * rowByteCount);
    }

    private PackedMatrix Make(Tensor tensor) => tensor.Type switch
    {
        DType.Q8_0 => Of<PackedQ8_0>(tensor),
        DType.Q4_0 => Of<PackedQ4_0>(tensor),
        DType.Q4_K => Of<PackedQ4_K>(tensor),
        DType.Q6_K => Of<PackedQ6_K>(tensor),
        _ => throw new ArgumentException($"{tensor.Name} is stored as {tensor.Type}, which is not repacked", nameof(tensor)),
    };

    private PackedMatrix Of<TFormat>(Tensor tensor)
        where TFormat : struct, IPackedFormat => instructions switch
        {
            InstructionSet.Avx512 => new PackedMatrix<TFormat, Register512>(tensor.Name, tensor.Rows, tensor.Columns),
            InstructionSet.Avx2 => new PackedMatrix<TFormat, Register256>(tensor.Name, tensor.Rows, tensor.Columns),
            _ => new PackedMatrix<TFormat, Register128>(tensor.Name, tensor.Rows, tensor.Columns),
        };
}
