using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>Products of one input with up to three matrices (queries, keys and values share theirs), rows shared out over the threads.</summary>
internal sealed unsafe class LinearJob(ComputeThreads threads, ThreadScratch scratch) : ComputeJob, IDisposable
{
    private readonly Part[] _parts = [new(), new(), new()];
    private readonly InputShaper _shaper = new(threads);
    private int _partCount;
    private Activations _input;

    /// <summary>output[token, row] = weight · input, plus bias where there is one; added to the output instead where <paramref name="accumulate"/> says so.</summary>
    public void Add(CpuMatrix matrix, float* bias, float* output, long outputStride, bool accumulate = false)
    {
        var part = _parts[_partCount++];
        part.Matrix = matrix;
        part.Bias = bias;
        part.Output = output;
        part.OutputStride = outputStride;
        part.Accumulate = accumulate;
    }

    /// <summary>Runs what was added since the last run; it is gone after it, whether that succeeds or fails.</summary>
    public void Run(in Activations input)
    {
        try
        {
            RunParts(input);
        }
        finally
        {
            _partCount = 0;
        }
    }

    public void Dispose() => _shaper.Dispose();

    public override void Execute(int item, int thread)
    {
        var index = _partCount - 1;
        while (_parts[index].FirstItem > item) index--;
        var part = _parts[index];
        var matrix = part.Matrix!;
        var firstRow = part.Items.FirstRow(item - part.FirstItem);
        var rows = part.Items.Rows(item - part.FirstItem);
        var memory = scratch.Of(thread);
        if (!part.Accumulate)
        {
            matrix.Multiply(_input, firstRow, rows, part.Output + firstRow, part.OutputStride, memory);
            if (part.Bias is null) return;
            for (var token = 0; token < _input.Tokens; token++) Addition.Add(part.Bias + firstRow, part.Output + token * part.OutputStride + firstRow, rows);
            return;
        }

        var products = memory + matrix.ScratchCount;
        matrix.Multiply(_input, firstRow, rows, products, rows, memory);
        for (var token = 0; token < _input.Tokens; token++, products += rows)
        {
            if (part.Bias is not null) Addition.Add(part.Bias + firstRow, products, rows);
            Addition.Add(products, part.Output + token * part.OutputStride + firstRow, rows);
        }
    }

    private void RunParts(in Activations input)
    {
        var items = 0;
        var scratchCount = 0;
        var forms = InputForms.None;
        var byteCountAfter = 0L;
        for (var i = 0; i < _partCount; i++) byteCountAfter += _parts[i].Matrix!.ByteCount;
        for (var i = 0; i < _partCount; i++)
        {
            var part = _parts[i];
            part.FirstItem = items;
            byteCountAfter -= part.Matrix!.ByteCount;
            part.Items.Cut(part.Matrix, part.Matrix.ByteCount / part.Matrix.Rows, byteCountAfter, input.Tokens, threads.Count);
            items += part.Items.Count;
            forms |= part.Matrix.FormsFor(input.Tokens);
            scratchCount = Math.Max(scratchCount, part.Matrix.ScratchCount + (part.Accumulate ? part.Items.MostRows * input.Tokens : 0));
        }

        scratch.Reserve(scratchCount);
        _input = _shaper.Shape(input, _parts[0].Matrix!.Columns, forms);
        threads.Run(this, items);
    }

    private sealed class Part
    {
        public readonly RowItems Items = new();
        public CpuMatrix? Matrix;
        public float* Bias;
        public float* Output;
        public long OutputStride;
        public bool Accumulate;
        public int FirstItem;
    }
}
