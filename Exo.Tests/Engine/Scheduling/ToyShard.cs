using Exo.Engine.Backends;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>A range of the toy model's layers over real KV blocks, full of junk at first. Hidden states are 64 bits in four floats of 16.</summary>
internal sealed class ToyShard(LayerRange layers, int blockCount) : IShard
{
    private readonly ulong[][] _values = [.. Enumerable.Range(0, layers.Count).Select(layer => Junk(layer, blockCount * KvBlock.TokenCount))];

    public DecoderSpec Spec => ToyModel.Spec;

    public LayerRange Layers => layers;

    public int KvBlockCount => blockCount;

    public long KvBlockByteCount => layers.Count * KvBlock.TokenCount * 8;

    /// <summary>Throws for the slices it doesn't like.</summary>
    public Action<SequenceSlice>? Check { get; init; }

    public bool IsDisposed { get; private set; }

    /// <summary>The toy model in contiguous ranges.</summary>
    public static IShard[] Split(int shards, int blockCount, Action<SequenceSlice>? check = null) =>
        [.. Enumerable.Range(0, shards).Select(i => new ToyShard(new(ToyModel.LayerCount * i / shards, ToyModel.LayerCount * (i + 1) / shards), blockCount) { Check = check })];

    public StepOutput Forward(StepInput step, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Assert.Equal(step.TokenIds.Length, step.Slices.Sum(slice => slice.TokenCount));
        Assert.Equal(step.Slices.Count, step.Slices.Select(slice => slice.SequenceId).Distinct().Count());
        var hidden = new ulong[step.TokenIds.Length];
        for (var i = 0; i < hidden.Length; i++) hidden[i] = layers.IsFirst ? ToyModel.Embed(step.TokenIds.Span[i]) : Unpack(step.Hidden.Span[(4 * i)..]);

        var offset = 0;
        foreach (var slice in step.Slices)
        {
            Check?.Invoke(slice);
            for (var layer = 0; layer < layers.Count; layer++) Run(slice, layer, hidden.AsSpan(offset, slice.TokenCount));
            offset += slice.TokenCount;
        }

        return layers.IsLast(Spec) ? new StepOutput { Slices = Answer(step, hidden) } : new StepOutput { Hidden = Pack(hidden) };
    }

    public void Dispose() => IsDisposed = true;

    private void Run(SequenceSlice slice, int layer, Span<ulong> hidden)
    {
        var mix = 0UL;
        for (var position = 0; position < slice.StartPosition; position++) mix = ToyModel.Attend(mix, At(slice, layer, position));
        for (var i = 0; i < hidden.Length; i++)
        {
            var position = slice.StartPosition + i;
            At(slice, layer, position) = ToyModel.Value(hidden[i], position, layers.Start + layer);
            mix = ToyModel.Attend(mix, At(slice, layer, position));
            hidden[i] = ToyModel.Mix(hidden[i], mix);
        }
    }

    private ref ulong At(SequenceSlice slice, int layer, int position) =>
        ref _values[layer][slice.Blocks.Span[position / KvBlock.TokenCount] * KvBlock.TokenCount + position % KvBlock.TokenCount];

    private static List<SliceOutput> Answer(StepInput step, ulong[] hidden)
    {
        List<SliceOutput> outputs = [];
        var offset = 0;
        foreach (var slice in step.Slices)
        {
            var own = hidden[offset..(offset += slice.TokenCount)];
            outputs.Add(new SliceOutput
            {
                SequenceId = slice.SequenceId,
                Choice = slice.Sample is { } sample ? Sampler.Sample(ToyModel.Logits(own[^1]), sample) : null,
                PromptLogprobs = slice.PromptTopLogprobs > 0 ? [.. own.Select(top => Sampler.TopLogprobs(ToyModel.Logits(top), slice.PromptTopLogprobs))] : [],
            });
        }

        return outputs;
    }

    private static ulong[] Junk(int layer, int count) => [.. Enumerable.Range(0, count).Select(i => ToyModel.Mix((ulong)i, (ulong)layer + 99))];

    private static float[] Pack(ulong[] hidden) => [.. hidden.SelectMany(value => Enumerable.Range(0, 4).Select(part => (float)(ushort)(value >> (16 * part))))];

    private static ulong Unpack(ReadOnlySpan<float> parts) => (ulong)parts[0] | ((ulong)parts[1] << 16) | ((ulong)parts[2] << 32) | ((ulong)parts[3] << 48);
}
