using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>
/// The embedding: one row for each token, looked up where it is stored. A row that is quantized as it is read is so again for every token, by all threads, so that
/// the table need not be in memory: up to half a millisecond for 4,096 columns in Q4_K, of which the layers' products take a hundred times as long.
/// </summary>
internal sealed unsafe class EmbeddingRows : ComputeJob, IDisposable
{
    private readonly Tensor _tensor;
    private readonly ComputeThreads _threads;
    private readonly ThreadScratch _rows;
    private readonly CpuMatrix[] _matrices;
    private readonly int _rowByteCount;
    private ReadOnlyMemory<int> _tokenIds;
    private float* _destination;

    /// <exception cref="InvalidModelException">The tensor's format has no kernel here.</exception>
    public EmbeddingRows(Tensor tensor, ComputeThreads threads)
    {
        (_tensor, _threads, _rows) = (tensor, threads, new ThreadScratch(threads.Count));
        if (!tensor.IsMade)
        {
            _matrices = [CpuMatrix.Over(tensor)];
            return;
        }

        _rowByteCount = checked((int)tensor.Type.ByteCount(tensor.Columns));
        _rows.Reserve((_rowByteCount + sizeof(float) - 1) / sizeof(float));
        _matrices = [.. Enumerable.Range(0, threads.Count).Select(thread => CpuMatrix.Over(new Tensor(tensor.Name, tensor.Type, [1, tensor.Columns], (byte*)_rows.Of(thread))))];
    }

    /// <summary>The tokens' rows as floats.</summary>
    /// <param name="tokenIds">Within the vocabulary.</param>
    /// <param name="destination">[tokens, columns], overwritten.</param>
    public void LookUp(ReadOnlyMemory<int> tokenIds, float* destination)
    {
        if (!_tensor.IsMade)
        {
            foreach (var id in tokenIds.Span)
            {
                _matrices[0].WidenRow(id, destination);
                destination += _tensor.Columns;
            }

            return;
        }

        _tokenIds = tokenIds;
        _destination = destination;
        _threads.Run(this, tokenIds.Length);
        _tokenIds = default;
    }

    /// <summary>Makes one token's row and widens it.</summary>
    public override void Execute(int item, int thread)
    {
        _tensor.CopyRows(_tokenIds.Span[item], 1, new Span<byte>(_rows.Of(thread), _rowByteCount));
        _matrices[thread].WidenRow(0, _destination + (long)item * _tensor.Columns);
    }

    public void Dispose()
    {
        foreach (var matrix in _matrices) matrix.Dispose();
        _rows.Dispose();
    }
}
