using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Models.Gguf;

/// <summary>The keys of one architecture ("llama.block_count", …), each value checked as it is read.</summary>
internal sealed class GgufKeys(GgufMetadata metadata, string architecture)
{
    public string Architecture => architecture;

    public bool Has(string key) => metadata.Has(Full(key));

    /// <summary>A whole number within bounds, or null where the key is absent.</summary>
    public int? Int(string key, int min, int max) => metadata.Number(Full(key)) is { } value ? Checked(key, value, min, max) : null;

    /// <inheritdoc cref="Int"/>
    public int RequiredInt(string key, int min, int max) => Int(key, min, max) ?? throw Bad(key, "is missing");

    /// <summary>One whole number for all layers, or a list with one each: [layers]. Null where the key is absent.</summary>
    public int[]? PerLayer(string key, int layers, int min, int max)
    {
        if (metadata.NumberOrNumbers(Full(key)) is not { } values) return null;
        if (values.Length != 1 && values.Length < layers) throw Bad(key, $"has {values.Length} entries for {layers} layers");
        return [.. Enumerable.Range(0, layers).Select(layer => Checked(key, values.Length == 1 ? values[0] : values[layer], min, max))];
    }

    /// <summary>A finite number above <paramref name="above"/> and at most <paramref name="max"/>, or null where the key is absent.</summary>
    public double? Real(string key, double above, double max)
    {
        if (metadata.Real(Full(key)) is not { } value) return null;
        return value > above && value <= max ? value : throw Bad(key, FormattableString.Invariant($"is {value}, not above {above} and at most {max}"));
    }

    /// <summary>As <see cref="Real"/>; 0 stands for absent.</summary>
    public double? RealOrZero(string key, double max) => metadata.Real(Full(key)) is 0 ? null : Real(key, 0, max);

    public string? Text(string key) => metadata.Text(Full(key));

    /// <summary>The error for a bad value.</summary>
    public InvalidModelException Bad(string key, string problem) => new(metadata.Path, Full(key), problem);

    private string Full(string key) => $"{architecture}.{key}";

    private int Checked(string key, long value, int min, int max) =>
        value >= min && value <= max ? (int)value : throw Bad(key, $"is {value}, not between {min} and {max}");
}
