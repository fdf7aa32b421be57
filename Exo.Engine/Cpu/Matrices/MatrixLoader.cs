using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// Makes weight matrices ready for products: the formats that integer products pay for are repacked by all threads at once, and their stored pages given back as soon
/// as they are read; the others are multiplied where they are mapped.
/// </summary>
internal sealed class MatrixLoader(ComputeThreads threads, InstructionSet instructions) : ComputeJob
{
    /// <summary>Groups of sixteen rows that one item repacks.</summary>
    private const int ItemGroups = 4;

    private PackedMatrix? _matrix;
    private Tensor? _tensor;

    /// <exception cref="InvalidModelException">The tensor's format has no kernel here.</exception>
    public CpuMatrix Load(Tensor tensor)
    {
        if (tensor.Columns % tensor.Type.BlockSize() != 0 || Packed(tensor) is not { } matrix) return CpuMatrix.Over(tensor);
        (_matrix, _tensor) = (matrix, tensor);
        threads.Run(this, (matrix.Groups + ItemGroups - 1) / ItemGroups);
        return matrix;
    }

    public override void Execute(int item, int thread)
    {
        var first = item * ItemGroups;
        _matrix!.Pack(_tensor!, first, Math.Min(ItemGroups, _matrix.Groups - first));
    }

    private PackedMatrix? Packed(Tensor tensor) => tensor.Type switch
    {
        DType.Q8_0 => Of<PackedQ8_0>(tensor),
        DType.Q4_0 => Of<PackedQ4_0>(tensor),
        DType.Q4_K => Of<PackedQ4_K>(tensor),
        DType.Q6_K => Of<PackedQ6_K>(tensor),
        _ => null,
    };

    private PackedMatrix Of<TFormat>(Tensor tensor)
        where TFormat : struct, IPackedFormat => instructions switch
        {
            InstructionSet.Avx512 => new PackedMatrix<TFormat, Register512>(tensor.Name, tensor.Rows, tensor.Columns),
            InstructionSet.Avx2 => new PackedMatrix<TFormat, Register256>(tensor.Name, tensor.Rows, tensor.Columns),
            _ => new PackedMatrix<TFormat, Register128>(tensor.Name, tensor.Rows, tensor.Columns),
        };
}
