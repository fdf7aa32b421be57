using Exo.Engine.Cpu.Decoder;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>Brings a product's input into the forms that its matrices read, token by token: what a token becomes depends on nothing else.</summary>
internal sealed unsafe class InputShaper(ComputeThreads threads) : TokenJob(threads), IDisposable
{
    /// <summary>Elements between two tokens, so that rows of 2,048 columns don't all fall into the same cache sets.</summary>
    private const int Padding = 32;

    private readonly NativeBuffer _quants = new(), _scales = new(), _totals = new(), _firstTotals = new(), _sums = new(), _blocks = new(), _panels = new();
    private RoundedInput _rounded;
    private ByteInput _bytes;
    private PanelInput _panelInput;
    private InputForms _forms;
    private float* _input;
    private int _inputStride;
    private int _tokens;
    private int _columns;

    /// <summary>The input with these forms, which last until the next call.</summary>
    /// <param name="columns">A multiple of 32 where anything is rounded, of 8 for panels.</param>
    /// <param name="forms">Those that are made.</param>
    public Activations Shape(in Activations input, int columns, InputForms forms)
    {
        if (forms == InputForms.None) return input;
        _input = input.Data;
        (_inputStride, _tokens, _columns, _forms) = (input.Stride, input.Tokens, columns, forms);
        _rounded = forms.HasFlag(InputForms.FourteenBits) ? FourteenBits(input.Tokens, columns) : default;
        _bytes = forms.HasFlag(InputForms.EightBits) ? EightBits(input.Tokens, columns) : default;
        _panelInput = forms.HasFlag(InputForms.Panels) ? Panels(input.Tokens, columns) : default;
        RunTokens(Math.Max(input.Tokens, _panelInput.PaddedTokens));
        return new Activations(input.Data, input.Tokens, input.Stride, _rounded, _bytes, _panelInput);
    }

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer[])[_quants, _scales, _totals, _firstTotals, _sums, _blocks, _panels]) buffer.Dispose();
    }

    protected override void ExecuteToken(int token)
    {
        var input = token < _tokens ? _input + (long)token * _inputStride : null;
        if (_forms.HasFlag(InputForms.Panels)) _panelInput.Place(input, token);
        if (input is null) return;
        if (_forms.HasFlag(InputForms.FourteenBits)) _rounded.Round(input, token, _columns);
        if (_forms.HasFlag(InputForms.EightBits)) _bytes.Round(input, token, _columns);
    }

    private RoundedInput FourteenBits(int tokens, int columns)
    {
        var (stride, blocks) = (columns + Padding, columns / PackedGroup.BlockColumns);
        return new RoundedInput
        {
            Quants = (short*)_quants.Reserve(((long)tokens * stride + 1) / 2),
            Stride = stride,
            Scales = _scales.Reserve((long)tokens * blocks),
            Totals = (int*)_totals.Reserve((long)tokens * blocks),
            FirstTotals = (int*)_firstTotals.Reserve((long)tokens * blocks),
            Sums = _sums.Reserve((long)tokens * blocks),
            BlockStride = blocks,
        };
    }

    private ByteInput EightBits(int tokens, int columns)
    {
        var stride = columns / PackedGroup.BlockColumns * ByteInput.BlockByteCount + Padding;
        return new ByteInput { Data = (byte*)_blocks.Reserve((long)tokens * stride / sizeof(float)), Stride = stride };
    }

    private PanelInput Panels(int tokens, int columns)
    {
        var padded = PanelInput.Padded(tokens, PanelInput.BestTileTokens);
        return new PanelInput { Data = _panels.Reserve((long)padded * columns), PaddedTokens = padded, Columns = columns, TileTokens = PanelInput.BestTileTokens };
    }
}
