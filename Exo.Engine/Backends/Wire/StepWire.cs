using Exo.Engine.Generation;

namespace Exo.Engine.Backends.Wire;

/// <summary>
/// Steps and their outputs as bytes, for chains whose shards are on other machines. Hidden states are not in it: they are large, and travel
/// beside. Little-endian; every part is bounded before it is read, so that a damaged message is refused and nothing else.
/// </summary>
public static class StepWire
{
    private const byte Format = 1;
    private const int MostSlices = 1 << 16;
    private const int MostValues = 1 << 24;

    /// <summary>A step without its hidden states.</summary>
    public static byte[] Write(StepInput step)
    {
        var writer = new WireWriter(64 + step.TokenIds.Length * 4 + step.Slices.Sum(slice => 64 + slice.Blocks.Length * 4));
        writer.Byte(Format);
        writer.Int32s(step.TokenIds.Span);
        writer.Int32(step.Slices.Count);
        foreach (var slice in step.Slices) Write(writer, slice);
        return writer.ToArray();
    }

    /// <summary>What <see cref="Write(StepInput)"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are no step of this version.</exception>
    public static StepInput Read(ReadOnlySpan<byte> bytes, ReadOnlyMemory<float> hidden)
    {
        var reader = Begin(bytes);
        var tokenIds = reader.Int32s(MostValues);
        var slices = new SequenceSlice[reader.Count(MostSlices)];
        for (var i = 0; i < slices.Length; i++) slices[i] = ReadSlice(ref reader);
        reader.End();
        return new StepInput { Slices = slices, TokenIds = tokenIds, Hidden = hidden };
    }

    /// <summary>What the last shard made of a step.</summary>
    public static byte[] Write(StepOutput output)
    {
        var writer = new WireWriter(16 + output.Slices.Count * 64);
        writer.Byte(Format);
        writer.Int32(output.Slices.Count);
        foreach (var slice in output.Slices)
        {
            writer.Int64(slice.SequenceId);
            writer.Bool(slice.Choice is not null);
            if (slice.Choice is { } choice)
            {
                writer.Int32(choice.TokenId);
                writer.Single(choice.Logprob);
                Write(writer, choice.TopLogprobs);
            }

            writer.Int32(slice.PromptLogprobs.Count);
            foreach (var position in slice.PromptLogprobs) Write(writer, position);
        }

        return writer.ToArray();
    }

    /// <summary>What <see cref="Write(StepOutput)"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are no output of this version.</exception>
    public static StepOutput ReadOutput(ReadOnlySpan<byte> bytes)
    {
        var reader = Begin(bytes);
        var slices = new SliceOutput[reader.Count(MostSlices)];
        for (var i = 0; i < slices.Length; i++)
        {
            var id = reader.Int64();
            var choice = reader.Bool() ? new TokenChoice(reader.Int32(), reader.Single(), ReadLogprobs(ref reader)) : default(TokenChoice?);
            var positions = new IReadOnlyList<TokenLogprob>[reader.Count(MostValues)];
            for (var j = 0; j < positions.Length; j++) positions[j] = ReadLogprobs(ref reader);
            slices[i] = new SliceOutput { SequenceId = id, Choice = choice, PromptLogprobs = positions };
        }

        reader.End();
        return new StepOutput { Slices = slices };
    }

    private static WireReader Begin(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var format = reader.Byte();
        return format == Format ? reader : throw new InvalidDataException($"A step of format {format} came; this version reads {Format}. Run the same version on all machines.");
    }

    private static void Write(WireWriter writer, SequenceSlice slice)
    {
        writer.Int64(slice.SequenceId);
        writer.Int32(slice.StartPosition);
        writer.Int32(slice.TokenCount);
        writer.Int32(slice.PromptTopLogprobs);
        writer.Int32s(slice.PromptNext.Span);
        writer.Int32s(slice.Blocks.Span);
        writer.Bool(slice.Sample is not null);
        if (slice.Sample is { } sample) Write(writer, sample);
    }

    private static SequenceSlice ReadSlice(ref WireReader reader) => new()
    {
        SequenceId = reader.Int64(),
        StartPosition = reader.Int32(),
        TokenCount = reader.Int32(),
        PromptTopLogprobs = reader.Int32(),
        PromptNext = reader.Int32s(MostValues),
        Blocks = reader.Int32s(MostValues),
        Sample = reader.Bool() ? ReadSample(ref reader) : null,
    };

    private static void Write(WireWriter writer, SampleRequest sample)
    {
        var options = sample.Options;
        writer.Int32(sample.Position);
        writer.Int32(sample.TopLogprobs);
        writer.Int32s(sample.History.Span);
        writer.Single(options.RepetitionPenalty);
        writer.Int32(options.PenaltyWindow);
        writer.Single(options.PresencePenalty);
        writer.Single(options.FrequencyPenalty);
        writer.Single(options.Temperature);
        writer.Int32(options.TopK);
        writer.Single(options.TopP);
        writer.Single(options.MinP);
        writer.Int64((long)options.Seed);
        writer.Int32(options.LogitBias.Count);
        foreach (var (id, bias) in options.LogitBias)
        {
            writer.Int32(id);
            writer.Single(bias);
        }
    }

    private static SampleRequest ReadSample(ref WireReader reader)
    {
        var position = reader.Int32();
        var topLogprobs = reader.Int32();
        var history = reader.Int32s(MostValues);
        var options = new SamplingOptions
        {
            RepetitionPenalty = reader.Single(),
            PenaltyWindow = reader.Int32(),
            PresencePenalty = reader.Single(),
            FrequencyPenalty = reader.Single(),
            Temperature = reader.Single(),
            TopK = reader.Int32(),
            TopP = reader.Single(),
            MinP = reader.Single(),
            Seed = (ulong)reader.Int64(),
        };
        var biases = reader.Count(MostValues);
        if (biases > 0)
        {
            var bias = new Dictionary<int, float>(biases);
            for (var i = 0; i < biases; i++) bias[reader.Int32()] = reader.Single();
            options = options with { LogitBias = bias };
        }

        return new SampleRequest { Options = options, Position = position, History = history, TopLogprobs = topLogprobs };
    }

    private static void Write(WireWriter writer, IReadOnlyList<TokenLogprob> logprobs)
    {
        writer.Int32(logprobs.Count);
        foreach (var (id, logprob) in logprobs)
        {
            writer.Int32(id);
            writer.Single(logprob);
        }
    }

    private static TokenLogprob[] ReadLogprobs(ref WireReader reader)
    {
        var count = reader.Count(MostValues);
        if (count == 0) return [];
        var logprobs = new TokenLogprob[count];
        for (var i = 0; i < logprobs.Length; i++) logprobs[i] = new TokenLogprob(reader.Int32(), reader.Single());
        return logprobs;
    }
}
