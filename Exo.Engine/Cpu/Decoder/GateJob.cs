using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>output = activation(gate · input) · (up · input): both products and the gate in one pass, rows shared out over the threads.</summary>
internal sealed unsafe class GateJob(ComputeThreads threads, ThreadScratch scratch) : ComputeJob, IDisposable
{
    private readonly InputShaper _shaper = new(threads);
    private readonly RowItems _items = new();
    private CpuFeedForward? _weights;
    private Activation _activation;
    private Activations _input;
    private float* _output;
    private long _outputStride;

    /// <param name="output">[tokens, intermediateSize], tokens <paramref name="outputStride"/> apart, overwritten</param>
    public void Run(CpuFeedForward weights, Activation activation, in Activations input, float* output, long outputStride)
    {
        _weights = weights;
        _activation = activation;
        _output = output;
        _outputStride = outputStride;
        _items.Cut(weights.Gate, (weights.Gate.ByteCount + weights.Up.ByteCount) / weights.Gate.Rows, 0, input.Tokens, threads.Count);
        scratch.Reserve(Math.Max(weights.Gate.ScratchCount, weights.Up.ScratchCount) + _items.MostRows * input.Tokens);
        _input = _shaper.Shape(input, weights.Gate.Columns, weights.Gate.FormsFor(input.Tokens) | weights.Up.FormsFor(input.Tokens));
        threads.Run(this, _items.Count);
    }

    public void Dispose() => _shaper.Dispose();

    public override void Execute(int item, int thread)
    {
        var firstRow = _items.FirstRow(item);
        var rows = _items.Rows(item);
        var memory = scratch.Of(thread);
        var ups = memory + Math.Max(_weights!.Gate.ScratchCount, _weights.Up.ScratchCount);
        var output = _output + firstRow;
        _weights.Gate.Multiply(_input, firstRow, rows, output, _outputStride, memory);
        _weights.Up.Multiply(_input, firstRow, rows, ups, rows, memory);
        for (var token = 0; token < _input.Tokens; token++, output += _outputStride, ups += rows)
        {
            if (_weights.GateBias is { } gateBias) Addition.Add(gateBias.Data + firstRow, output, rows);
            if (_weights.UpBias is { } upBias) Addition.Add(upBias.Data + firstRow, ups, rows);
            Gate.Apply(_activation, output, ups, output, rows);
        }
    }
}
