using Exo.Engine.Cpu.Decoder;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>Rounds a product's input for packed matrices, token by token: what a token becomes depends on nothing else.</summary>
internal sealed unsafe class InputRounder(ComputeThreads threads) : TokenJob(threads), IDisposable
{
    /// <summary>Elements between two tokens, so that rows of 2,048 columns don't all fall into the same cache sets.</summary>
    private const int Padding = 32;

    private readonly NativeBuffer _quants = new(), _scales = new(), _totals = new(), _firstTotals = new(), _sums = new();
    private RoundedInput _rounded;
    private float* _input;
    private int _inputStride;
    private int _columns;

    /// <summary>The input with its rounded form, which lasts until the next call.</summary>
    /// <param name="columns">A multiple of 32.</param>
    public Activations Round(in Activations input, int columns)
    {
        var (stride, blocks) = (columns + Padding, columns / PackedGroup.BlockColumns);
        _input = input.Data;
        (_inputStride, _columns) = (input.Stride, columns);
        _rounded = new RoundedInput
        {
            Quants = (short*)_quants.Reserve(((long)input.Tokens * stride + 1) / 2),
            Stride = stride,
            Scales = _scales.Reserve((long)input.Tokens * blocks),
            Totals = (int*)_totals.Reserve((long)input.Tokens * blocks),
            FirstTotals = (int*)_firstTotals.Reserve((long)input.Tokens * blocks),
            Sums = _sums.Reserve((long)input.Tokens * blocks),
            BlockStride = blocks,
        };
        RunTokens(input.Tokens);
        return new Activations(input.Data, input.Tokens, input.Stride, _rounded);
    }

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer[])[_quants, _scales, _totals, _firstTotals, _sums]) buffer.Dispose();
    }

    protected override void ExecuteToken(int token) => _rounded.Round(_input + (long)token * _inputStride, token, _columns);
}
