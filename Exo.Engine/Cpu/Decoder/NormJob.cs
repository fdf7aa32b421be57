using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>RMS norm of every token, or the residual sum of a post norm: output += norm(input).</summary>
internal sealed unsafe class NormJob(ComputeThreads threads, float epsilon) : TokenJob(threads)
{
    private float* _input;
    private float* _output;
    private CpuVector? _weight;
    private bool _accumulate;

    /// <summary>output = norm(input) · weight, token by token.</summary>
    /// <param name="input">[tokens, size]; overwritten with the norm where <paramref name="accumulate"/> is set</param>
    /// <param name="output">[tokens, size]; added to where <paramref name="accumulate"/> is set, else overwritten</param>
    public void Run(float* input, CpuVector weight, float* output, int tokens, bool accumulate = false)
    {
        _input = input;
        _weight = weight;
        _output = output;
        _accumulate = accumulate;
        RunTokens(tokens);
    }

    protected override void ExecuteToken(int token)
    {
        var size = _weight!.Size;
        var input = _input + (long)token * size;
        var output = _output + (long)token * size;
        if (!_accumulate)
        {
            RmsNorm.Apply(input, _weight.Data, output, size, epsilon);
            return;
        }

        RmsNorm.Apply(input, _weight.Data, input, size, epsilon);
        for (var i = 0; i < size; i++) output[i] += input[i];
    }
}
