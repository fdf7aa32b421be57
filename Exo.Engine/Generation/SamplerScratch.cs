namespace Exo.Engine.Generation;

/// <summary>One thread's working memory for sampling: it grows to the vocabulary's size once and is then reused.</summary>
internal sealed class SamplerScratch
{
    [ThreadStatic] private static SamplerScratch? OfThread;

    private float[] _adjusted = [];
    private float[] _weights = [];
    private ulong[] _ranks = [];
    private int[] _counts = [];
    private int[] _ids = [];
    private float[] _kept = [];

    public static SamplerScratch Current => OfThread ??= new SamplerScratch();

    /// <summary>[vocabSize] logits after bias and penalties.</summary>
    public Span<float> Adjusted(int vocabSize) => Sized(ref _adjusted, vocabSize);

    /// <summary>[vocabSize] exp((logit - max) / temperature).</summary>
    public Span<float> Weights(int vocabSize) => Sized(ref _weights, vocabSize);

    public Span<ulong> Ranks(int length) => Sized(ref _ranks, length);

    /// <summary>[vocabSize] zeros; whoever changes them puts the zeros back.</summary>
    public Span<int> Counts(int vocabSize) => Sized(ref _counts, vocabSize);

    /// <summary>[top-k] tokens, by their ids.</summary>
    public Span<int> Ids(int count) => Sized(ref _ids, count);

    /// <summary>[top-k] their logits.</summary>
    public Span<float> Kept(int count) => Sized(ref _kept, count);

    private static Span<T> Sized<T>(ref T[] array, int length)
    {
        if (array.Length < length) array = new T[length];
        return array.AsSpan(0, length);
    }
}
