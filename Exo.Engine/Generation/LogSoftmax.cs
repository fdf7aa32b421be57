using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Generation;

/// <summary>What turns a logit into a natural log-probability: logit - max - log Σ exp(logits - max).</summary>
internal readonly record struct LogSoftmax(float Max, double LogSum)
{
    /// <exception cref="NotFiniteNumberException">A logit is not a number or infinite.</exception>
    public static LogSoftmax Of(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty) throw new ArgumentException("There are no logits: the vocabulary is empty.", nameof(logits));
        var max = FiniteMax(logits);
        return new LogSoftmax(max, PortableMath.Log(PortableMath.SumExp(logits, max)));
    }

    public float Logprob(float logit) => (float)((double)logit - Max - LogSum);

    private static float FiniteMax(ReadOnlySpan<float> logits)
    {
        var lanes = Vector256.Create(float.NegativeInfinity);
        var limit = Vector256.Create(float.MaxValue);
        var finite = Vector256<int>.AllBitsSet;
        var whole = logits.Length - logits.Length % Vector256<float>.Count;
        ref var source = ref MemoryMarshal.GetReference(logits);
        for (var i = 0; i < whole; i += Vector256<float>.Count)
        {
            var values = Vector256.LoadUnsafe(ref source, (nuint)i);
            lanes = Vector256.ConditionalSelect(Vector256.GreaterThan(values, lanes), values, lanes);
            finite &= Vector256.LessThanOrEqual(Vector256.Abs(values), limit).AsInt32();
        }

        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Vector256<float>.Count; lane++) max = lanes[lane] > max ? lanes[lane] : max;
        var good = finite == Vector256<int>.AllBitsSet;
        foreach (var value in logits[whole..])
        {
            good &= float.IsFinite(value);
            max = value > max ? value : max;
        }

        if (!good) ThrowNotFinite(logits);
        return max;
    }

    private static void ThrowNotFinite(ReadOnlySpan<float> logits)
    {
        var id = 0;
        while (float.IsFinite(logits[id])) id++;
        throw new NotFiniteNumberException(
            $"The model's logit for token {id} is {logits[id]}: its weights are damaged, or a sum overflowed in a format too narrow for this model.", logits[id]);
    }
}
