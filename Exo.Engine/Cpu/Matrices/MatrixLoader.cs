using System.Runtime.ExceptionServices;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// Makes weight matrices ready for products: the formats that integer products pay for are repacked by all threads at once, sixteen rows at a time, and their stored pages
/// given back as soon as they are read; the others are multiplied where they are mapped, those in BF16 until their turn to be packed comes (<see cref="GradualPacking"/>). Rows that are made as they are read go straight into their packed place: beside the
/// packed matrices there are never more than sixteen rows a thread.
/// </summary>
/// <param name="threads">Who repacks.</param>
/// <param name="instructions">What the matrices are multiplied with.</param>
/// <param name="needsFineInputs">Inputs of four-bit weights are rounded no more than other formats' are: the model chooses between experts, which may be as good but for a hair.</param>
/// <param name="ahead">Reads ahead what will be loaded; null: each tensor when its turn comes.</param>
/// <param name="cancellationToken">Ends it before the next matrix.</param>
internal sealed unsafe class MatrixLoader(
    ComputeThreads threads, InstructionSet instructions, bool needsFineInputs = false, LoadAhead? ahead = null, CancellationToken cancellationToken = default) : ComputeJob, IDisposable
{
    /// <summary>Groups of sixteen rows that one item repacks.</summary>
    private const int ItemGroups = 4;

    private readonly ThreadScratch _rows = new(threads.Count);
    private readonly List<CpuMatrix> _loaded = [];
    private PackedMatrix? _matrix;
    private Tensor? _tensor;

    /// <summary>What is packed after the load; it outlives the loader.</summary>
    public GradualPacking Later { get; } = new(threads);

    /// <summary>Whether a matrix is copied into another form: by <see cref="Load"/>, or <see cref="Later"/>.</summary>
    public static bool Packs(Tensor tensor) => PacksAtOnce(tensor) || TwelveBitMatrix.CanHold(tensor);

    /// <summary>Whether <see cref="Load"/> copies a matrix into another form.</summary>
    public static bool PacksAtOnce(Tensor tensor) => tensor.Shape.Count > 1 && tensor.Type != DType.BF16 && LoadedSize.IsPacked(tensor.Type, tensor.Rows, tensor.Columns);

    /// <exception cref="InvalidModelException">The tensor's format has no kernel here, or a row can't be quantized.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public CpuMatrix Load(Tensor tensor)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TwelveBitMatrix.CanHold(tensor)) return PackedLater(tensor);
        if (!PacksAtOnce(tensor)) return CpuMatrix.Over(tensor);
        var matrix = Make(tensor);
        _loaded.Add(matrix);
        (_matrix, _tensor) = (matrix, tensor);
        if (tensor.IsMade) _rows.Reserve(checked((int)((PackedGroup.Rows * tensor.Type.ByteCount(tensor.Columns) + sizeof(float) - 1) / sizeof(float))));
        if (ahead is null) PageAdvice.ReadAhead(tensor.Stored.Data, tensor.Stored.ByteCount);
        else ahead.Take(tensor.Stored);
        PackAll(matrix);
        if (tensor.Stored.IsMapped) PageAdvice.GiveBack(tensor.Stored.Data, tensor.Stored.ByteCount); // the pages that two items shared
        return matrix;
    }

    public override void Execute(int item, int thread)
    {
        var (matrix, tensor, stored) = (_matrix!, _tensor!, _tensor!.Stored);
        var first = item * ItemGroups;
        var end = Math.Min(first + ItemGroups, matrix.Groups);
        for (var group = first; group < end; group++) Pack(group, thread);
        if (!stored.IsMapped) return;
        var storedRowByteCount = stored.Type.ByteCount(stored.Columns);
        var firstRow = first * PackedGroup.Rows;
        PageAdvice.GiveBack(stored.Data + firstRow * storedRowByteCount, (Math.Min(end * PackedGroup.Rows, tensor.Rows) - firstRow) * storedRowByteCount);
    }

    /// <summary>Frees every matrix that was loaded: something went wrong before they had an owner.</summary>
    public void Abandon()
    {
        foreach (var matrix in _loaded) matrix.Dispose();
    }

    public void Dispose() => _rows.Dispose();

    private TwelveBitMatrix PackedLater(Tensor tensor)
    {
        var matrix = new TwelveBitMatrix(tensor, instructions);
        _loaded.Add(matrix);
        Later.Add(matrix);
        return matrix;
    }

    private void PackAll(PackedMatrix matrix)
    {
        try
        {
            threads.Run(this, (matrix.Groups + ItemGroups - 1) / ItemGroups);
        }
        catch (InvalidOperationException failed) when (failed.InnerException is InvalidModelException bad)
        {
            ExceptionDispatchInfo.Throw(bad); // The file is at fault, not the job.
        }
    }

    private void Pack(int group, int thread)
    {
        var (matrix, tensor) = (_matrix!, _tensor!);
        var firstRow = group * PackedGroup.Rows;
        var rowByteCount = tensor.Type.ByteCount(tensor.Columns);
        var rows = tensor.Data + firstRow * rowByteCount;
        if (tensor.IsMade)
        {
            rows = (byte*)_rows.Of(thread);
            var count = Math.Min(PackedGroup.Rows, tensor.Rows - firstRow);
            tensor.CopyRows(firstRow, count, new Span<byte>(rows, checked((int)(count * rowByteCount))));
        }

        matrix.Pack(group, rows, rowByteCount);
    }

    private PackedMatrix Make(Tensor tensor) => tensor.Type switch
    {
        DType.Q8_0 => Of<PackedQ8_0>(tensor),
        DType.Q4_0 => needsFineInputs ? Of<PackedQ4_0Pairs>(tensor) : OfBytes<PackedQ4_0>(tensor),
        DType.Q4_K => needsFineInputs ? Of<PackedQ4_KPairs>(tensor) : OfBytes<PackedQ4_K>(tensor),
        DType.Q6_K => Of<PackedQ6_K>(tensor),
        _ => throw new ArgumentException($"{tensor.Name} is stored as {tensor.Type}, which is not repacked", nameof(tensor)),
    };

    private PackedMatrix Of<TFormat>(Tensor tensor)
        where TFormat : struct, IPackedFormat => instructions switch
        {
            InstructionSet.Avx512 => With<PairProduct<TFormat, Register512>>(tensor),
            InstructionSet.Avx2 => With<PairProduct<TFormat, Register256>>(tensor),
            _ => With<PairProduct<TFormat, Register128>>(tensor),
        };

    private PackedMatrix OfBytes<TFormat>(Tensor tensor)
        where TFormat : struct, IByteFormat => instructions switch
        {
            InstructionSet.Avx512 => With<ByteProduct<TFormat, Register512>>(tensor),
            InstructionSet.Avx2 => With<ByteProduct<TFormat, Register256>>(tensor),
            InstructionSet.NeonDot => With<ByteProduct<TFormat, RegisterNeonDot>>(tensor),
            _ => With<ByteProduct<TFormat, Register128>>(tensor),
        };

    private static PackedMatrix<TProduct> With<TProduct>(Tensor tensor)
        where TProduct : struct, IPackedProduct => new(tensor.Name, tensor.Rows, tensor.Columns);
}
