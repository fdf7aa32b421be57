namespace Exo.Grains.Wire;

/// <summary>Bytes that nobody looks into; they measure links.</summary>
[GenerateSerializer, Immutable, Alias("exo.Frame")]
public sealed record Frame([property: Id(0)] byte[] Bytes);
