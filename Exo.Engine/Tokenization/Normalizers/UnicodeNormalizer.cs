using System.Text;
using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Normalizers;

/// <summary>"NFC", "NFD", "NFKC", "NFKD".</summary>
internal sealed class UnicodeNormalizer(NormalizationForm form) : Normalizer
{
    public override string Apply(string text) => UnicodeNormalization.Normalize(text, form);
}
