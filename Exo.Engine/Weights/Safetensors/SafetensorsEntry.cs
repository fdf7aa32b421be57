using System.Text.Json;

namespace Exo.Engine.Weights.Safetensors;

/// <summary>Reads what a header says of one tensor, {dtype, shape, data_offsets}, and holds the three against each other.</summary>
internal static class SafetensorsEntry
{
    /// <summary>Reads from the entry's opening brace to its closing one.</summary>
    /// <param name="reader">Stands at the opening brace.</param>
    /// <param name="name">The tensor's name.</param>
    /// <param name="dataStart">Where the file's tensors begin, in bytes.</param>
    /// <exception cref="FormatException">The entry is not what it must be.</exception>
    public static SafetensorsTensor Read(ref Utf8JsonReader reader, string name, long dataStart)
    {
        reader.Expect(JsonTokenType.StartObject, "its entry is no object");
        string? typeName = null;
        int[]? shape = null;
        long[]? offsets = null;
        while (reader.Next() == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8) && Once(typeName, "dtype"))
            {
                reader.Next();
                reader.Expect(JsonTokenType.String, "dtype is no text");
                typeName = reader.GetString()!;
            }
            else if (reader.ValueTextEquals("shape"u8) && Once(shape, "shape"))
            {
                reader.Next();
                shape = [.. ReadNumbers(ref reader, "shape").Select(Dimension)];
            }
            else if (reader.ValueTextEquals("data_offsets"u8) && Once(offsets, "data_offsets"))
            {
                reader.Next();
                offsets = ReadNumbers(ref reader, "data_offsets");
            }
            else
            {
                reader.Skip();
            }
        }

        if (typeName is null || shape is null || offsets is null) throw new FormatException("its entry lacks dtype, shape or data_offsets");
        return Checked(name, typeName, shape, offsets, dataStart);
    }

    private static SafetensorsTensor Checked(string name, string typeName, int[] shape, long[] offsets, long dataStart)
    {
        var bits = SafetensorsTensor.BitsOf(typeName) ?? throw new FormatException($"unknown dtype \"{typeName}\"");
        if (offsets is not [var begin, var end] || begin > end) throw new FormatException($"data_offsets [{string.Join(", ", offsets)}] is no range");
        Int128 elements = 1;
        foreach (var dimension in shape)
        {
            elements *= dimension;
            if (elements > long.MaxValue) throw new FormatException($"shape [{string.Join(", ", shape)}] overflows");
        }

        if (elements * bits % 8 != 0 || elements * bits / 8 != end - begin)
            throw new FormatException($"shape [{string.Join(", ", shape)}] of {typeName} does not fill its {end - begin} bytes");
        if (begin > long.MaxValue - dataStart) throw new FormatException($"data_offsets [{begin}, {end}] overflow");
        return new SafetensorsTensor(name, typeName, shape, dataStart + begin, end - begin);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string key)
    {
        reader.Expect(JsonTokenType.StartArray, $"{key} is no list");
        var numbers = new List<long>();
        while (reader.Next() != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw new FormatException($"{key} holds something other than whole numbers from 0 to {long.MaxValue}");
            if (numbers.Count == 64) throw new FormatException($"{key} has more than 64 numbers");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static int Dimension(long value) =>
        value <= int.MaxValue ? (int)value : throw new FormatException($"a dimension of {value} is beyond {int.MaxValue}");

    private static bool Once(object? earlier, string key) => earlier is null ? true : throw new FormatException($"{key} stands twice");
}
