using System.Globalization;

namespace Exo.Engine.Models.Gguf;

/// <summary>What GGUF calls the tensors. Source: gguf-py's constants.py.</summary>
internal static class GgufNames
{
    public const string Embedding = "token_embd.weight", FinalNorm = "output_norm.weight", Head = "output.weight";

    public static string Layer(int index, string part) => string.Create(CultureInfo.InvariantCulture, $"blk.{index}.{part}");
}
