using System.Collections;
using System.Reflection;
using Exo.Engine.Backends;
using Exo.Engine.Backends.Wire;
using Exo.Engine.Generation;

namespace Exo.Tests.Engine.Backends;

/// <summary>Steps cross machines whole, and damaged ones are refused.</summary>
public sealed class StepWireTests
{
    private static readonly SampleRequest Sample = new()
    {
        Options = new SamplingOptions
        {
            LogitBias = new Dictionary<int, float> { [3] = float.NegativeInfinity, [9] = 1.5f },
            RepetitionPenalty = 1.1f,
            PenaltyWindow = -1,
            PresencePenalty = 0.2f,
            FrequencyPenalty = 0.3f,
            Temperature = 0.7f,
            TopK = 40,
            TopP = 0.9f,
            MinP = 0.05f,
            Seed = ulong.MaxValue - 1,
        },
        Position = 77,
        History = new[] { 1, 2, 3 },
        TopLogprobs = 5,
    };

    private static readonly StepInput Step = new()
    {
        Slices =
        [
            new SequenceSlice { SequenceId = long.MaxValue, StartPosition = 64, TokenCount = 2, Blocks = new[] { 5, 0, 7 }, Sample = Sample, PromptTopLogprobs = 4, PromptNext = new[] { 8 } },
            new SequenceSlice { SequenceId = 2, StartPosition = 1, TokenCount = 1, Blocks = new[] { 1 } },
        ],
        TokenIds = new[] { 10, 11, 12 },
    };

    [Fact]
    public void Read_WrittenStep_HasEveryProperty()
    {
        // A property that is added later and not written would read as its default here.
        AssertNoDefaults(Step.Slices[0]);
        AssertNoDefaults(Sample);
        AssertNoDefaults(Sample.Options);
        float[] hidden = [1, 2, 3];

        var read = StepWire.Read(StepWire.Write(Step), hidden);

        Assert.Equal(Flat(Step with { Hidden = hidden }), Flat(read));
    }

    [Fact]
    public void ReadOutput_WrittenOutput_IsTheSame()
    {
        var output = new StepOutput
        {
            Slices =
            [
                new SliceOutput
                {
                    SequenceId = 4,
                    Choice = new TokenChoice(17, -0.25f, [new(17, -0.25f), new(3, -1.5f)]),
                    PromptLogprobs = [[new(1, -2f)], [], [new(5, float.NegativeInfinity), new(6, -3f)]],
                },
                new SliceOutput { SequenceId = 5 },
            ],
        };

        Assert.Equal(Flat(output), Flat(StepWire.ReadOutput(StepWire.Write(output))));
    }

    [Fact]
    public void Read_CutAnywhere_IsRefused()
    {
        var bytes = StepWire.Write(Step);
        for (var length = 0; length < bytes.Length; length++)
        {
            var cut = bytes[..length];
            Assert.Throws<InvalidDataException>(() => StepWire.Read(cut, default));
        }

        Assert.Throws<InvalidDataException>(() => StepWire.Read([.. bytes, 0], default));
    }

    [Fact]
    public void Read_AnyByteSpoiled_IsReadOrRefused()
    {
        var bytes = StepWire.Write(Step);
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var spoiled in (byte[])[0x00, 0x7f, 0x80, 0xff])
            {
                var copy = bytes.ToArray();
                copy[i] = spoiled;
                try
                {
                    StepWire.Read(copy, default);
                }
                catch (InvalidDataException)
                {
                    // Refused in words; anything else that is thrown fails the test.
                }
            }
        }
    }

    [Fact]
    public void Read_OtherFormat_SaysSo()
    {
        var bytes = StepWire.Write(Step);
        bytes[0] = 9;

        Assert.Contains("format 9", Assert.Throws<InvalidDataException>(() => StepWire.Read(bytes, default)).Message);
    }

    private static void AssertNoDefaults(object value)
    {
        foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var fresh = property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null;
            Assert.False(Equals(property.GetValue(value), fresh), $"{value.GetType().Name}.{property.Name} has its default in this test: give it a value, and StepWire the property");
        }
    }

    /// <summary>Every public property down to numbers, as text.</summary>
    private static string Flat(object? value) => value switch
    {
        null => "null",
        ReadOnlyMemory<int> ints => $"[{string.Join(' ', ints.ToArray())}]",
        ReadOnlyMemory<float> floats => $"[{string.Join(' ', floats.ToArray())}]",
        float single => single.ToString("R"),
        IEnumerable items => $"[{string.Join(' ', items.Cast<object>().Select(Flat))}]",
        IFormattable number => number.ToString()!,
        _ => $"{{{string.Join(' ', value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => $"{property.Name}={Flat(property.GetValue(value))}"))}}}",
    };
}
