using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// Packs matrices while they are in use, a part in each step, by all threads: the first token waits for none of it, and those that follow come faster and faster. The stored pages of
/// what is packed are given back at once, so that the model is in memory once.
/// </summary>
internal sealed class GradualPacking(ComputeThreads threads)
{
    /// <summary>Steps that it takes.</summary>
    public const int Steps = 16;

    private readonly Queue<TwelveBitMatrix> _matrices = [];
    private readonly PackJob _job = new();
    private long _stepByteCount;
    private bool _hasBegun;

    private long _pendingByteCount;

    /// <summary>Bytes that are yet to be taken. Any thread may ask.</summary>
    public long PendingByteCount
    {
        get => Volatile.Read(ref _pendingByteCount);
        private set => Volatile.Write(ref _pendingByteCount, value);
    }

    /// <summary>A matrix to pack after those before it.</summary>
    public void Add(TwelveBitMatrix matrix)
    {
        _matrices.Enqueue(matrix);
        PendingByteCount += matrix.PackedByteCount;
        _stepByteCount = (PendingByteCount + Steps - 1) / Steps;
    }

    /// <summary>Packs one step's part. The first step packs nothing: somebody waits for its token.</summary>
    public void Continue()
    {
        if (_hasBegun) Continue(_stepByteCount);
        _hasBegun = true;
    }

    /// <summary>Packs all that is left.</summary>
    /// <exception cref="OperationCanceledException">Cancelled before the next matrix.</exception>
    public void Finish(CancellationToken cancellationToken = default) => Continue(long.MaxValue, cancellationToken);

    private void Continue(long byteCount, CancellationToken cancellationToken = default)
    {
        while (byteCount > 0 && _matrices.TryPeek(out var matrix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            matrix.Reserve();
            if (matrix.PackedGroups == 0) matrix.ReadAhead();
            var groupByteCount = matrix.PackedByteCount / matrix.Groups;
            var groups = (int)Math.Min(matrix.Groups - matrix.PackedGroups, byteCount / groupByteCount + 1);
            _job.Take(matrix, matrix.PackedGroups, groups);
            threads.Run(_job, (groups + PackJob.ItemGroups - 1) / PackJob.ItemGroups);
            matrix.GiveBack(matrix.PackedGroups, groups); // all at once: every such call interrupts the other processors
            matrix.PackedGroups += groups;
            byteCount -= groups * groupByteCount;
            PendingByteCount -= groups * groupByteCount;
            if (matrix.PackedGroups < matrix.Groups) continue;
            matrix.GiveBack(0, matrix.Groups); // the pages that two parts shared
            _matrices.Dequeue();
        }

        if (_matrices.Count == 0) PendingByteCount = 0; // what rounding left
    }

    private sealed class PackJob : ComputeJob
    {
        /// <summary>Groups that one item packs.</summary>
        public const int ItemGroups = 4;

        private TwelveBitMatrix? _matrix;
        private int _first, _end;

        public void Take(TwelveBitMatrix matrix, int first, int groups) => (_matrix, _first, _end) = (matrix, first, first + groups);

        public override void Execute(int item, int thread)
        {
            var first = _first + item * ItemGroups;
            _matrix!.Pack(first, Math.Min(ItemGroups, _end - first));
        }
    }
}
